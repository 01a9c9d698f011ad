import { describe, expect, it } from 'vitest'
import { groupDeletes } from '#lib/guards/group-deletes.ts'
import type { RecentDelete } from '#lib/guards/queries.ts'

const noon = Date.parse('2026-01-01T12:00:00Z')
const deleted = (secondsAgo: number, change: Partial<RecentDelete> = {}): RecentDelete => ({
  id: `${secondsAgo}`,
  at: new Date(noon - secondsAgo * 1000),
  kind: 'deleted',
  table: 'public.a',
  rows: 8,
  role: 'app',
  application: 'cleanup.js',
  address: null,
  statement: null,
  transactionId: '1',
  detail: {},
  ...change,
})

describe('groupDeletes', () => {
  it('makes one line of many small deletes of one origin, also when two tables alternate', () => {
    const groups = groupDeletes([
      deleted(1),
      deleted(2, { table: 'public.b' }),
      deleted(3),
      deleted(4, { table: 'public.b' }),
      deleted(50),
    ])
    expect(groups).toMatchObject([
      { table: 'public.a', rows: 24, transactions: 3, firstAt: new Date(noon - 50_000) },
      { table: 'public.b', rows: 16, transactions: 2 },
    ])
  })

  it('keeps apart what is far apart, of another role or of another kind', () => {
    expect(
      groupDeletes([
        deleted(1),
        deleted(62),
        deleted(63, { role: 'maria' }),
        deleted(64, { kind: 'permitted' }),
      ]),
    ).toHaveLength(4)
  })
})
