import { describe, expect, it } from 'vitest'
import { mergeSeries } from './merge-series.ts'
import { timeTicks } from './time-ticks.ts'

const at = (minutes: number): string => new Date(minutes * 60_000).toISOString()

describe('series on one axis', () => {
  it('keeps a gap where nothing was measured', () => {
    const rows = mergeSeries([
      {
        key: 'a',
        label: 'A',
        points: [
          { at: at(0), value: 1 },
          { at: at(1), value: null },
          { at: at(2), value: 3 },
        ],
      },
    ])
    expect(rows.map((row) => row.a)).toEqual([1, null, 3])
  })

  it('makes no holes in one series by the moments of another', () => {
    const rows = mergeSeries([
      {
        key: 'a',
        label: 'A',
        points: [
          { at: at(0), value: 0 },
          { at: at(10), value: 10 },
        ],
      },
      { key: 'b', label: 'B', points: [{ at: at(5), value: 7 }] },
    ])
    expect(rows.map((row) => row.a)).toEqual([0, 5, 10])
    expect(rows.map((row) => row.b)).toEqual([null, 7, null])
  })

  it('never draws beyond what was measured', () => {
    const rows = mergeSeries([
      { key: 'a', label: 'A', points: [{ at: at(5), value: 1 }] },
      {
        key: 'b',
        label: 'B',
        points: [
          { at: at(0), value: 1 },
          { at: at(9), value: 1 },
        ],
      },
    ])
    expect(rows.map((row) => row.a)).toEqual([null, 1, null])
  })
})

describe('time ticks', () => {
  it('labels about as many moments as wanted, all within the axis', () => {
    for (const hours of [0.2, 1, 5, 26, 24 * 14, 24 * 90]) {
      const from = Date.parse('2026-03-01T10:07:00Z')
      const to = from + hours * 3_600_000
      const ticks = timeTicks(from, to, 6)
      expect(ticks.length).toBeGreaterThan(0)
      expect(ticks.length).toBeLessThanOrEqual(8)
      expect(ticks.every((tick) => tick >= from && tick <= to)).toBe(true)
    }
  })
})
