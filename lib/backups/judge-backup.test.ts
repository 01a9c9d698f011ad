import { describe, expect, it } from 'vitest'
import { type HeldContent, judgeBackup } from '#lib/backups/judge-backup.ts'
import type { Facts } from '#lib/facts/types.ts'

const held = (rows: number[], bytes: number | null, objects?: number): HeldContent => ({
  bytes,
  facts: {
    tables: rows.map((count, i) => ({
      schema: 'public',
      name: `t${i}`,
      rows: count,
      checksum: '',
      columns: [],
    })),
    ...(objects === undefined ? {} : { largeObjects: { count: objects, bytes: 0, checksum: '' } }),
  } as unknown as Facts,
})
const judge = (now: HeldContent, before: HeldContent | null, protectedTables: string[] = []) =>
  judgeBackup(
    now,
    before,
    protectedTables.map((name) => ({ schema: 'public', name })),
  )?.message ?? null

describe('a backup that was taken without an error', () => {
  it('is suspicious when it holds nothing, the first one too', () => {
    expect(judge(held([0, 0], 900), null)).toBe('It holds no rows at all.')
    expect(judge(held([], 900), null)).toBe('It holds no rows at all.')
    expect(judge(held([1], 900), null)).toBeNull()
  })

  it('is suspicious when its rows fell below half, as a whole or in a protected table', () => {
    expect(judge(held([49], 1), held([100], 1))).toMatch('49 rows')
    expect(judge(held([50], 1), held([100], 1))).toBeNull()
    expect(judge(held([1000, 4], 1), held([1000, 10], 1))).toBeNull()
    expect(judge(held([1000, 4], 1), held([1000, 10], 1), ['t1'])).toMatch('t1 has 4 rows')
  })

  it('is suspicious when its bytes fell below half although every row is there', () => {
    expect(judge(held([100], 400_000), held([100], 1_000_000))).toMatch(
      /Its content is .*100 rows then and 100 now/,
    )
    expect(judge(held([100], 600_000), held([100], 1_000_000))).toBeNull()
    expect(judge(held([100], 2_000), held([100], 9_000))).toBeNull()
    expect(judge(held([100], 400_000), held([100], null))).toBeNull()
  })

  it('is suspicious when half of its large objects are gone', () => {
    expect(judge(held([100], 1, 4), held([100], 1, 10))).toMatch('4 large objects')
    expect(judge(held([100], 1, 9), held([100], 1, 10))).toBeNull()
    expect(judge(held([100], 1), held([100], 1, 10))).toBeNull()
  })
})
