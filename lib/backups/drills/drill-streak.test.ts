import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drillStreak } from '#lib/backups/drills/drill-streak.ts'
import type { Verdict } from '#lib/backups/types.ts'
import { addDays } from '#lib/format/zoned-day.ts'

const now = new Date('2026-03-31T12:00:00Z')
const daysAgo = (days: number, verdict: Verdict, time = '03:45') => ({
  finishedAt: new Date(`${addDays('2026-03-31', -days)}T${time}:00Z`),
  verdict,
})
const streakOf = (drills: ReturnType<typeof daysAgo>[], timeZone = 'UTC') =>
  drillStreak(drills, { now, timeZone })

describe('the streak of drills', () => {
  it('counts days with a passed drill, not drills', () => {
    const streak = streakOf([daysAgo(0, 'passed'), daysAgo(1, 'passed'), daysAgo(1, 'passed', '15:00')])
    expect(streak).toMatchObject({ currentDays: 2, longestDays: 2, goalDays: 30 })
    expect(streak.days).toHaveLength(30)
  })

  it('ends with a day that has a failed drill, even beside a passed one', () => {
    const drills = [0, 1, 2, 3, 4].map((days) => daysAgo(days, 'passed'))
    expect(streakOf([...drills, daysAgo(2, 'failed', '20:00')])).toMatchObject({
      currentDays: 2,
      longestDays: 2,
    })
    expect(streakOf([...drills, daysAgo(0, 'failed', '11:00')])).toMatchObject({
      currentDays: 0,
      longestDays: 4,
    })
  })

  it('ends with a day without any drill, but not with today before it is over', () => {
    expect(streakOf([daysAgo(1, 'passed'), daysAgo(2, 'passed')]).currentDays).toBe(2)
    expect(streakOf([daysAgo(0, 'passed'), daysAgo(2, 'passed'), daysAgo(3, 'passed')])).toMatchObject({
      currentDays: 1,
      longestDays: 2,
    })
  })

  it('is neither ended nor made longer by a day whose drills were all inconclusive', () => {
    expect(streakOf([daysAgo(0, 'passed'), daysAgo(1, 'inconclusive'), daysAgo(2, 'passed')])).toMatchObject({
      currentDays: 2,
      longestDays: 2,
    })
    expect(streakOf([daysAgo(0, 'inconclusive'), daysAgo(1, 'inconclusive')]).currentDays).toBe(0)
  })

  it('reads the days in the zone of the target', () => {
    const drills = [
      { finishedAt: new Date('2026-03-29T23:30:00Z'), verdict: 'passed' as const },
      { finishedAt: new Date('2026-03-30T00:30:00Z'), verdict: 'passed' as const },
    ]
    expect(streakOf(drills).currentDays).toBe(2)
    expect(streakOf(drills, 'Asia/Tokyo').currentDays).toBe(1)
  })

  it('remembers the longest row although it is over, and is never longer than it', () => {
    const long = Array.from({ length: 31 }, (_, index) => daysAgo(40 + index, 'passed'))
    expect(streakOf([daysAgo(0, 'passed'), ...long])).toMatchObject({ currentDays: 1, longestDays: 31 })
    const verdict = fc.constantFrom<Verdict>('passed', 'failed', 'inconclusive')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(60), verdict), { maxLength: 60 }), (list) => {
        const streak = streakOf(list.map(([days, one]) => daysAgo(days, one)))
        expect(streak.currentDays).toBeLessThanOrEqual(streak.longestDays)
        expect(streak.longestDays).toBeLessThanOrEqual(new Set(list.map(([days]) => days)).size)
      }),
    )
  })

  it('of no drills is none', () => {
    expect(streakOf([])).toMatchObject({ currentDays: 0, longestDays: 0 })
  })
})
