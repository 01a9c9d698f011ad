import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type WindowRule, windowOccurrences, windowsInEffect } from '#lib/alerts/windows/window-rule.ts'

const hourMs = 3_600_000

/** Every night from two to four in Berlin. */
const nightly: WindowRule = {
  id: 'w',
  targetId: 't',
  title: 'Nightly load',
  startsAt: new Date('2026-03-27T01:00Z'),
  endsAt: new Date('2026-03-27T03:00Z'),
  repeats: '0 2 * * *',
  timeZone: 'Europe/Berlin',
  cancelledAt: null,
}
const between = (window: WindowRule, from: string, until: string) =>
  windowOccurrences(window, new Date(from), new Date(until)).map(({ startsAt, endsAt }) => [
    startsAt.toISOString().slice(5, 16),
    endsAt.toISOString().slice(5, 16),
  ])
const isIn = (at: string, windows = [nightly], target = 't') =>
  windowsInEffect(windows, target, new Date(at)).length > 0

describe('a maintenance window', () => {
  it('begins at its local time before and after the clocks change, and lasts as long each time', () => {
    expect(between(nightly, '2026-03-27T00:00Z', '2026-03-31T00:00Z')).toEqual([
      ['03-27T01:00', '03-27T03:00'],
      ['03-28T01:00', '03-28T03:00'],
      // Two o'clock is skipped on that night: it begins right after the gap.
      ['03-29T01:00', '03-29T03:00'],
      ['03-30T00:00', '03-30T02:00'],
    ])
    expect(between(nightly, '2026-10-25T00:00Z', '2026-10-25T22:00Z')).toEqual([
      ['10-25T00:00', '10-25T02:00'],
    ])
  })

  it('is in effect from its first second until just before its last', () => {
    expect(isIn('2026-03-27T00:59:59.999Z')).toBe(false)
    expect(isIn('2026-03-27T01:00Z')).toBe(true)
    expect(isIn('2026-03-27T02:59:59.999Z')).toBe(true)
    expect(isIn('2026-03-27T03:00Z')).toBe(false)
  })

  it('does not begin before its first time, whatever its repetition means', () => {
    expect(isIn('2026-03-26T01:30Z')).toBe(false)
  })

  it('concerns its own target, or all', () => {
    expect(isIn('2026-03-27T02:00Z', [nightly], 'other')).toBe(false)
    expect(isIn('2026-03-27T02:00Z', [{ ...nightly, targetId: null }], 'other')).toBe(true)
  })

  it('ends when it is cancelled, and never comes again', () => {
    const cancelled = { ...nightly, cancelledAt: new Date('2026-03-28T02:00Z') }
    expect(between(cancelled, '2026-03-27T00:00Z', '2026-03-31T00:00Z')).toEqual([
      ['03-27T01:00', '03-27T03:00'],
      ['03-28T01:00', '03-28T02:00'],
    ])
  })

  it('is in effect at a moment exactly when an occurrence around it says so, in every zone and through every change', () => {
    const rule = fc.record({
      timeZone: fc.constantFrom(
        'Europe/Berlin',
        'America/New_York',
        'Australia/Lord_Howe',
        'Pacific/Apia',
        'UTC',
      ),
      repeats: fc.constantFrom('0 2 * * *', '30 1 * * 0', '15 */6 * * *', '0 3 1 * *', null),
      lengthHours: fc.integer({ min: 1, max: 5 }),
      day: fc.integer({ min: 0, max: 365 }),
      hour: fc.integer({ min: 0, max: 80 }),
    })
    fc.assert(
      fc.property(rule, ({ timeZone, repeats, lengthHours, day, hour }) => {
        const startsAt = new Date(Date.UTC(2026, 0, 1) + day * 24 * hourMs)
        const endsAt = new Date(startsAt.getTime() + lengthHours * hourMs)
        const window: WindowRule = { ...nightly, timeZone, repeats, startsAt, endsAt }
        const at = new Date(startsAt.getTime() + (hour - 4) * hourMs)
        const around = windowOccurrences(window, startsAt, new Date(startsAt.getTime() + 120 * hourMs))
        const expected = around.some((times) => times.startsAt <= at && at < times.endsAt)
        expect(windowsInEffect([window], 't', at).length > 0).toBe(expected)
        for (const times of around) {
          expect(times.endsAt.getTime() - times.startsAt.getTime()).toBe(lengthHours * hourMs)
        }
      }),
      { numRuns: 150 },
    )
  })
})
