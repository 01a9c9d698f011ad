import { describe, expect, it } from 'vitest'
import { formatBytes } from './format-bytes.ts'
import { countOf, formatChange, formatCount, formatPercent } from './format-count.ts'
import { formatClock, formatDuration } from './format-duration.ts'
import { formatRelative, formatUtc } from './format-time.ts'

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.42, '0.42 ms'],
    [3.04, '3 ms'],
    [820, '820 ms'],
    [1000, '1 s'],
    [4240, '4.2 s'],
    [59_600, '1 min'],
    [9 * 60_000, '9 min'],
    [90_000, '1 m 30 s'],
    [4 * 3_600_000 + 12 * 60_000, '4 h 12 m'],
    [24 * 3_600_000, '24 h'],
    [76 * 3_600_000, '3 d 4 h'],
    [null, '—'],
    [Number.NaN, '—'],
  ])('says %s ms as “%s”', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it('never shows sixty of a unit', () => {
    for (let ms = 0; ms < 4 * 86_400_000; ms += 7_919)
      expect(formatDuration(ms)).not.toMatch(/\b60 (s|m|min)\b/)
  })

  it('runs a clock with hours only when there are some', () => {
    expect(formatClock(7_900)).toBe('0:07')
    expect(formatClock(3 * 3_600_000 + 4 * 60_000 + 9_000)).toBe('3:04:09')
    expect(formatClock(-5)).toBe('0:00')
  })
})

describe('counts', () => {
  it('separates thousands, also of negative numbers', () => {
    expect(formatCount(41_203)).toBe('41,203')
    expect(formatCount(null)).toBe('—')
    expect(formatChange(-565)).toBe('−565')
    expect(formatChange(0)).toBe('±0')
  })

  it('uses the singular for one only', () => {
    expect(countOf(1, 'row')).toBe('1 row')
    expect(countOf(0, 'row')).toBe('0 rows')
    expect(countOf(2, 'entry', 'entries')).toBe('2 entries')
  })

  it('does not round almost everything to everything, nor something to nothing', () => {
    expect(formatPercent(99.99)).toBe('> 99.9 %')
    expect(formatPercent(0.01)).toBe('< 0.1 %')
    expect(formatPercent(100)).toBe('100 %')
    expect(formatPercent(12.34)).toBe('12.3 %')
  })
})

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_400_000, '1.4 MB'],
    [999_600, '1 MB'],
    [38_200_000_000, '38 GB'],
  ])('says %s bytes as “%s”', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('times', () => {
  const now = Date.parse('2026-03-04T14:02:09Z')
  it.each([
    ['2026-03-04T14:02:00Z', 'just now'],
    ['2026-03-04T13:56:00Z', '6 min ago'],
    ['2026-03-04T08:02:00Z', '6 h ago'],
    ['2026-03-04T17:02:09Z', 'in 3 h'],
    ['2026-02-20T14:02:09Z', '12 days ago'],
  ])('says %s as “%s”', (at, text) => expect(formatRelative(at, now)).toBe(text))

  it('writes UTC the same on every machine', () => {
    expect(formatUtc('2026-03-04T15:02:09+01:00')).toBe('2026-03-04 14:02:09 UTC')
  })
})
