import { describe, expect, it } from 'vitest'
import { foldHours } from './fold-hours.ts'

const now = Date.parse('2026-03-31T15:20:00Z')
const hour = (hoursAgo: number, table: string, rows: number) => ({
  at: new Date(Math.floor(now / 3_600_000) * 3_600_000 - hoursAgo * 3_600_000).toISOString(),
  table,
  events: 1,
  rows,
})
const fold = (hours: ReturnType<typeof hour>[], days: number, mostTables = 6) =>
  foldHours(hours, { now, days, measure: 'rows', mostTables })

describe('foldHours', () => {
  it('makes bars without gaps: hours for a day, quarters of a day for a week, days for a month', () => {
    expect(fold([], 1).bars).toHaveLength(24)
    expect(fold([], 7).bars).toHaveLength(28)
    expect(fold([], 30).bars).toHaveLength(30)
    for (const days of [1, 7, 30]) {
      const { bars } = fold([], days)
      expect(bars.every((bar, index) => index === 0 || bar.at > bars[index - 1]!.at)).toBe(true)
      expect(bars.at(-1)!.at).toBeLessThanOrEqual(now)
    }
  })

  it('puts every event of the span into one bar, the largest table first', () => {
    for (const days of [1, 7, 30]) {
      const { bars, tables, total } = fold([hour(0, 'a', 1), hour(2, 'b', 50), hour(3, 'a', 2)], days)
      expect(total).toBe(53)
      expect(tables).toEqual(['b', 'a'])
      expect(bars.flatMap((bar) => bar.parts).reduce((sum, part) => sum + part.value, 0)).toBe(53)
    }
  })

  it('makes one of the tables that are too many, and leaves out what is older', () => {
    const { tables, total } = fold(
      [hour(1, 'a', 9), hour(1, 'b', 5), hour(1, 'c', 1), hour(40, 'a', 7)],
      1,
      2,
    )
    expect(tables).toEqual(['a', 'other tables'])
    expect(total).toBe(15)
  })
})
