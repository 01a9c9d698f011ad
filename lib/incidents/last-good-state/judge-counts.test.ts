import { describe, expect, it } from 'vitest'
import { findMoment } from './find-moment.ts'
import { type Count, type Deletion, judgeCounts } from './judge-counts.ts'

const at = (minute: number) => new Date(Date.UTC(2026, 2, 29) + minute * 60_000)
const count = (minute: number, rows: number, table = 'public.users'): Count => ({
  table,
  at: at(minute),
  rows,
  source: 'row-counts',
})
const gone = (minute: number, rows: number, isPermitted = false): Deletion => ({
  table: 'public.users',
  at: at(minute),
  rows,
  isPermitted,
})
const trouble = { lossAt: at(30), tables: new Set(['public.users']) }
const turns = (counts: Count[], deletions: Deletion[] = []) =>
  judgeCounts(counts, deletions, trouble).map((look) => [
    (look.at.getTime() - at(0).getTime()) / 60_000,
    look.isWell,
  ])

describe('judgeCounts', () => {
  it('takes the rows that people delete on ordinary days for no loss, and a steep drop for one', () => {
    expect(turns([count(0, 100), count(5, 96), count(10, 92)])).toEqual([
      [0, true],
      [5, true],
      [10, true],
    ])
    expect(turns([count(0, 100), count(5, 90)])).toEqual([
      [0, true],
      [5, false],
    ])
    expect(turns([count(0, 3), count(5, 0)])).toEqual([
      [0, true],
      [5, false],
    ])
  })

  it('counts every row that went since the beginning in the tables that the incident is about', () => {
    expect(turns([count(29, 100), count(31, 99)])).toEqual([
      [29, true],
      [31, false],
    ])
  })

  it('does not hold against a table what a permit took from it', () => {
    expect(turns([count(0, 100), count(5, 20)], [gone(3, 80, true)])).toEqual([
      [0, true],
      [5, true],
    ])
  })

  it('is well again when the rows are back', () => {
    expect(
      turns([count(0, 100), count(5, 20), count(10, 50), count(15, 100)]).map(([, well]) => well),
    ).toEqual([true, false, false, true])
  })

  it('knows the very moment where the journal saw every row of the drop go, and only then', () => {
    const counts = [count(20, 100), count(40, 60)]
    const whole = findMoment(judgeCounts(counts, [gone(33, 15), gone(31, 25)], trouble), at(31))
    expect(whole.at).toEqual(new Date(at(31).getTime() - 1))
    expect(whole.limits[0]).toMatchObject({ evidence: 'journal', firstIllAt: at(31) })
    const part = findMoment(judgeCounts(counts, [gone(33, 15)], trouble), at(31))
    expect(part.at).toEqual(at(20))
  })
})
