import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  handoverAt,
  type OverrideRule,
  type RotationRule,
  shiftAt,
  shiftsBetween,
} from '#lib/on-call/shift.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const [ada, ben, cleo] = ['ada', 'ben', 'cleo']
const everybody = new Set([ada, ben, cleo])

const weekly: RotationRule = {
  timeZone: 'Europe/Berlin',
  startsAt: new Date('2026-03-16T08:00Z'),
  shiftDays: 7,
  members: [ada, ben, cleo],
}
const on = (at: string, overrides: OverrideRule[] = [], available: ReadonlySet<string> = everybody) =>
  shiftAt(weekly, overrides, available, new Date(at))
const override = (id: string, userId: string, from: string, to: string, made = from): OverrideRule => ({
  id,
  userId,
  startsAt: new Date(from),
  endsAt: new Date(to),
  createdAt: new Date(made),
})

const zones = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Havana',
  'Africa/Cairo',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
]
const localTime = (timeZone: string, at: Date): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(
    at,
  )
/** 2010 to 2030, whole minutes: all changes of clocks in between. */
const moment = fc
  .integer({ min: Date.UTC(2010, 0, 1) / 60_000, max: Date.UTC(2030, 0, 1) / 60_000 })
  .map((minutes) => new Date(minutes * 60_000))
const rotation = fc.record({
  timeZone: fc.constantFrom(...zones),
  startsAt: moment,
  shiftDays: fc.integer({ min: 1, max: 21 }),
  members: fc.constantFrom([ada], [ada, ben], [ada, ben, cleo], [cleo, ada, ben, ada]),
})

describe('who is on call', () => {
  it('hands over at the same local time before and after the clocks change', () => {
    expect(on('2026-03-23T07:59Z').userId).toBe(ada)
    expect(on('2026-03-23T08:00Z')).toMatchObject({ userId: ben, endsAt: new Date('2026-03-30T07:00Z') })
    expect(on('2026-03-30T06:59Z').userId).toBe(ben)
    expect(on('2026-03-30T07:00Z').userId).toBe(cleo)
    expect(on('2026-04-06T07:00Z').userId).toBe(ada)
  })

  it('is nobody before the first handover', () => {
    expect(on('2026-03-16T07:59Z')).toMatchObject({ userId: null, endsAt: weekly.startsAt })
  })

  it('passes over who is disabled, and is nobody when all are', () => {
    expect(on('2026-03-24T12:00Z', [], new Set([ada, cleo])).userId).toBe(cleo)
    expect(on('2026-03-31T12:00Z', [], new Set([ada])).userId).toBe(ada)
    expect(on('2026-03-24T12:00Z', [], new Set()).userId).toBeNull()
  })

  it('lets the newest override stand in, exactly as long as it lasts', () => {
    const long = override('1', cleo, '2026-03-17T00:00Z', '2026-03-19T00:00Z', '2026-03-01T00:00Z')
    const newer = override('2', ben, '2026-03-17T12:00Z', '2026-03-18T00:00Z', '2026-03-02T00:00Z')
    expect(on('2026-03-16T23:59Z', [long, newer])).toMatchObject({ userId: ada, endsAt: long.startsAt })
    expect(on('2026-03-17T11:00Z', [long, newer])).toMatchObject({ userId: cleo, endsAt: newer.startsAt })
    expect(on('2026-03-17T12:00Z', [long, newer])).toMatchObject({ userId: ben, overrideId: '2' })
    expect(on('2026-03-18T00:00Z', [long, newer])).toMatchObject({ userId: cleo, endsAt: long.endsAt })
    expect(on('2026-03-19T00:00Z', [long, newer]).userId).toBe(ada)
  })

  it('ignores an override of somebody who is disabled', () => {
    const gone = override('1', cleo, '2026-03-17T00:00Z', '2026-03-19T00:00Z')
    expect(on('2026-03-18T00:00Z', [gone], new Set([ada, ben])).userId).toBe(ada)
  })

  it('keeps every handover at its local time in every zone, except where the clocks skip that time', () => {
    fc.assert(
      fc.property(rotation, fc.integer({ min: -50, max: 800 }), (rule, index) => {
        const at = handoverAt(rule, index)
        const wanted = localTime(rule.timeZone, rule.startsAt)
        if (localTime(rule.timeZone, at) === wanted) return
        // Then that time did not exist on that day: nothing within three hours before and after shows it.
        for (let near = at.getTime() - 3 * hourMs; near <= at.getTime() + 3 * hourMs; near += 60_000) {
          expect(localTime(rule.timeZone, new Date(near))).not.toBe(wanted)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives each moment to one shift, members in their order, each for its days within what the clocks moved', () => {
    fc.assert(
      fc.property(rotation, fc.integer({ min: 0, max: 5000 }), (rule, days) => {
        const from = new Date(rule.startsAt.getTime() + days * dayMs)
        const until = new Date(from.getTime() + 5 * rule.shiftDays * dayMs)
        const shifts = shiftsBetween(rule, [], everybody, from, until)
        expect(shifts[0]!.startsAt).toEqual(from)
        expect(shifts.at(-1)!.endsAt).toEqual(until)
        const first = rule.members.findIndex((_, offset) =>
          shifts.every(
            ({ userId }, index) => userId === rule.members[(offset + index) % rule.members.length],
          ),
        )
        expect(first).toBeGreaterThanOrEqual(0)
        for (const [index, shift] of shifts.entries()) {
          if (index > 0) expect(shift.startsAt).toEqual(shifts[index - 1]!.endsAt)
          if (index === 0 || index === shifts.length - 1) continue
          const off = shift.endsAt.getTime() - shift.startsAt.getTime() - rule.shiftDays * dayMs
          // Samoa once left out a whole day.
          expect(Math.abs(off)).toBeLessThanOrEqual(
            rule.timeZone === 'Pacific/Apia' ? 25 * hourMs : 3 * hourMs,
          )
        }
      }),
      { numRuns: 150 },
    )
  })

  it('says the same from every moment of one shift, whatever overrides lie across each other', () => {
    const someOverride = fc
      .tuple(
        fc.constantFrom(ada, ben, cleo),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat(1000),
      )
      .map(([userId, start, length, made]) =>
        override(
          `${made}-${start}`,
          userId,
          new Date(weekly.startsAt.getTime() + start * hourMs).toISOString(),
          new Date(weekly.startsAt.getTime() + (start + length) * hourMs).toISOString(),
          new Date(made * hourMs).toISOString(),
        ),
      )
    fc.assert(
      fc.property(
        fc.array(someOverride, { maxLength: 6 }),
        fc.integer({ min: 0, max: 600 }),
        (overrides, hour) => {
          const at = new Date(weekly.startsAt.getTime() + hour * hourMs)
          const shift = shiftAt(weekly, overrides, everybody, at)
          expect(shift.startsAt <= at && at < shift.endsAt).toBe(true)
          for (const inside of [shift.startsAt, new Date(shift.endsAt.getTime() - 1)]) {
            expect(shiftAt(weekly, overrides, everybody, inside)).toEqual(shift)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
