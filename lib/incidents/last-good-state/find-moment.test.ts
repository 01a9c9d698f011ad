import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findMoment, type Observation } from './find-moment.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 29) + minute * 60_000)
const look = (subject: string, minute: number, isWell: boolean): Observation => ({
  subject,
  at: at(minute),
  isWell,
  source: 'row-counts',
})

/** A subject's true history: stretches of being well and ill in turn, each looked at at least once. */
const history = fc
  .record({
    startsWell: fc.boolean(),
    stretches: fc.array(
      fc.record({
        lengthMinutes: fc.integer({ min: 1, max: 30 }),
        looks: fc.array(fc.nat(29), { minLength: 1, maxLength: 4 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ startsWell, stretches }) => {
    let from = 0
    return stretches.map(({ lengthMinutes, looks }, index) => {
      const stretch = {
        from,
        until: from + lengthMinutes,
        isWell: startsWell === (index % 2 === 0),
        looks: [...new Set(looks.map((minute) => from + (minute % lengthMinutes)))],
      }
      from += lengthMinutes
      return stretch
    })
  })

const observe = (subjects: { looks: number[]; isWell: boolean }[][]): Observation[] =>
  subjects.flatMap((stretches, index) =>
    stretches.flatMap(({ looks, isWell }) => looks.map((minute) => look(`table ${index}`, minute, isWell))),
  )

describe('findMoment', () => {
  it('never finds a moment after the loss, nor one at which anything that was looked at was ill', () => {
    fc.assert(
      fc.property(fc.array(history, { minLength: 1, maxLength: 5 }), fc.nat(150), (subjects, loss) => {
        const { at: found } = findMoment(observe(subjects), at(loss))
        if (found === null) return
        expect(found.getTime()).toBeLessThanOrEqual(at(loss).getTime())
        for (const stretches of subjects) {
          if (!stretches.some(({ isWell }) => isWell)) continue
          const minute = (found.getTime() - at(0).getTime()) / 60_000
          const then =
            stretches.find(({ from, until }) => minute >= from && minute < until) ?? stretches.at(-1)!
          expect(then.isWell).toBe(true)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never passes over a newer moment that every look beside it calls well', () => {
    fc.assert(
      fc.property(fc.array(history, { minLength: 1, maxLength: 5 }), fc.nat(150), (subjects, loss) => {
        const observations = observe(subjects)
        const { at: found, neverWell } = findMoment(observations, at(loss))
        const bySubject = Map.groupBy(
          observations.filter(({ subject }) => !neverWell.includes(subject)),
          ({ subject }) => subject,
        )
        if (bySubject.size === 0) {
          expect(found).toBeNull()
          return
        }
        const isKnownWell = (moment: number): boolean =>
          [...bySubject.values()].every((looks) => {
            const before = looks.filter((each) => each.at.getTime() <= moment)
            const after = looks.filter((each) => each.at.getTime() >= moment)
            const nearest = (list: Observation[], sign: 1 | -1) =>
              list.toSorted((a, b) => sign * (a.at.getTime() - b.at.getTime()))[0]?.isWell ?? true
            return looks.some((each) => each.at.getTime() === moment && each.isWell)
              ? true
              : nearest(before, -1) && nearest(after, 1)
          })
        const newer = [...observations.map((each) => each.at.getTime()), at(loss).getTime()].filter(
          (moment) => moment <= at(loss).getTime() && moment > (found?.getTime() ?? Number.NEGATIVE_INFINITY),
        )
        expect(newer.filter(isKnownWell)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('goes back to before the loss of what was lost first, over losses that hang together', () => {
    const found = findMoment(
      [
        look('users', 0, true),
        look('users', 10, true),
        look('users', 20, false),
        look('roles', 8, true),
        look('roles', 12, false),
        look('orders', 0, true),
        look('orders', 30, true),
      ],
      at(15),
    )
    expect(found.at).toEqual(at(8))
    expect(found.limits.map(({ subject }) => subject)).toEqual(['roles', 'users'])
  })

  it('is the moment of the loss itself where nothing was ill before, and leaves out what never was well', () => {
    const found = findMoment(
      [look('users', 0, true), look('codes', 0, false), look('codes', 9, false)],
      at(5),
    )
    expect(found).toMatchObject({ at: at(5), limits: [], subjects: 1, neverWell: ['codes'] })
    expect(findMoment([look('codes', 0, false)], at(5))).toMatchObject({ at: null, neverWell: ['codes'] })
  })
})
