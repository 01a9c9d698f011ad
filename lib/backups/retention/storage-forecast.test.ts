import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forecastStorage, type Measured } from '#lib/backups/retention/storage-forecast.ts'

const gigabyte = 1e9
const now = new Date('2026-03-31T12:00:00Z')
const day = 86_400_000

/** One measurement a day up to today. */
const history = (used: number[], freeBytes: number | null): Measured[] =>
  used.map((usedBytes, index) => ({
    measuredAt: new Date(now.getTime() - (used.length - 1 - index) * day),
    usedBytes,
    freeBytes,
  }))
const growing = (days: number, perDay = gigabyte) =>
  Array.from({ length: days }, (_, index) => index * perDay)

describe('the storage forecast', () => {
  it('names the day when a steadily growing store is full', () => {
    expect(forecastStorage(history(growing(15), 10 * gigabyte), now)).toEqual({
      kind: 'full',
      bytesPerDay: gigabyte,
      fullAt: new Date('2026-04-10T12:00:00Z'),
    })
  })

  it('is not moved by one big archive or one big clean-up', () => {
    const used = growing(21)
    used[10] = 500 * gigabyte
    used[15] = 0
    const forecast = forecastStorage(history(used, 10 * gigabyte), now)
    expect(forecast).toMatchObject({ kind: 'full' })
    expect((forecast as { bytesPerDay: number }).bytesPerDay / gigabyte).toBeCloseTo(1, 1)
  })

  it('says nothing before there are seven days of measurements', () => {
    expect(forecastStorage([], now)).toEqual({ kind: 'no-data', days: 0, needsDays: 7 })
    expect(forecastStorage(history(growing(7), gigabyte), now)).toMatchObject({ kind: 'no-data', days: 6 })
    expect(forecastStorage(history(growing(8), gigabyte), now)).toMatchObject({ kind: 'full' })
  })

  it('says nothing from two measurements, however far apart', () => {
    const both = [
      history([0], 1)[0]!,
      { ...history([1], 1)[0]!, measuredAt: new Date(now.getTime() - 90 * day) },
    ]
    expect(forecastStorage(both, now)).toMatchObject({ kind: 'no-data' })
  })

  it('sees no end where the store does not grow, or only in many years', () => {
    expect(forecastStorage(history(growing(15, 0), gigabyte), now)).toMatchObject({ kind: 'not-in-sight' })
    expect(forecastStorage(history(growing(15, -gigabyte), gigabyte), now)).toMatchObject({
      kind: 'not-in-sight',
    })
    expect(forecastStorage(history(growing(15, 1), 1e15), now)).toMatchObject({ kind: 'not-in-sight' })
  })

  it('knows the growth but no end where the store does not say what is free', () => {
    expect(forecastStorage(history(growing(15), null), now)).toEqual({
      kind: 'no-limit',
      bytesPerDay: gigabyte,
    })
  })

  it('never puts the day into the past, and a full store is full now', () => {
    expect(forecastStorage(history(growing(15), 0), now)).toMatchObject({ fullAt: now })
    fc.assert(
      fc.property(
        fc.array(fc.nat(1e9), { minLength: 8, maxLength: 40 }),
        fc.nat(1e9),
        fc.nat(100),
        (used, free, late) => {
          const then = new Date(now.getTime() + late * day)
          const forecast = forecastStorage(history(used, free), then)
          if (forecast.kind === 'full')
            expect(forecast.fullAt.getTime()).toBeGreaterThanOrEqual(then.getTime())
        },
      ),
    )
  })
})
