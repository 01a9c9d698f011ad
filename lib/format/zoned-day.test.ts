import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, dayIn, isDay, startOfDay } from '#lib/format/zoned-day.ts'

const start = (day: string, zone: string) => startOfDay(day, zone).toISOString()

describe('days of a time zone', () => {
  it('begin when the zone’s own clock says so, on both days of a clock change too', () => {
    expect(start('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z')
    expect(start('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z')
    expect(start('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z')
    expect(start('2026-10-26', 'Europe/Berlin')).toBe('2026-10-25T23:00:00.000Z')
    expect(start('2026-06-01', 'Asia/Kathmandu')).toBe('2026-05-31T18:15:00.000Z')
    expect(start('2026-06-01', 'Pacific/Kiritimati')).toBe('2026-05-31T10:00:00.000Z')
  })

  it('begin at one in the morning where midnight is skipped', () => {
    expect(start('2018-11-04', 'America/Sao_Paulo')).toBe('2018-11-04T03:00:00.000Z')
    expect(start('2024-04-26', 'Africa/Cairo')).toBe('2024-04-25T22:00:00.000Z')
  })

  it('hold every instant once: it lies between the beginning of its day and that of the next', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Asia/Tokyo',
    ]
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2015-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
        fc.constantFrom(...zones),
        (at, zone) => {
          const day = dayIn(at, zone)
          expect(startOfDay(day, zone).getTime()).toBeLessThanOrEqual(at.getTime())
          expect(startOfDay(addDays(day, 1), zone).getTime()).toBeGreaterThan(at.getTime())
        },
      ),
    )
  })

  it('are written as year, month and day, and a day that is none is none', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29')
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31')
    expect(['2026-02-28', '2026-02-29', '2026-13-99', '2026-2-1', "'; drop", ''].map(isDay)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})
