import { beforeAll, describe, expect, it } from 'vitest'
import { listFindings, listTurns, stripHours } from '#lib/health/queries.ts'
import { readHealthPage } from '#lib/health/read-health-page.ts'
import { rollUpLog } from '#lib/health/roll-up-log.ts'
import { recordFinding, recordTarget } from '#lib/testing/alert-records.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const minuteMs = 60_000

describe('the data of the Health page', () => {
  let store: TestStore
  let targetId: string
  const check = 'membership.missing:app'

  beforeAll(async () => {
    store = await createTestStore()
    targetId = (await recordTarget(store.db)).id
    const now = Date.now()
    await recordFinding(store.db, targetId, { status: 'healthy', severity: 'INFO', at: new Date(now) })
    await store.db.$client`
      insert into health_log (target_id, checked_at, "check", status, severity, affected, details)
      select ${targetId}, ${new Date(now).toISOString()}::timestamptz - n * interval '1 minute', ${check},
        case when n between 61 and 63 then 'unhealthy' when n between 600 and 700 then 'no-data' else 'healthy' end, 'INFO', 0, n
      from generate_series(1, 1000) n`
    await rollUpLog(store.db, targetId, new Date(now - 86_400_000))
  })

  it('has the log by key: each page follows the last, none is lost and none comes twice', async () => {
    const seen: number[] = []
    let before: Date | undefined
    for (;;) {
      const page = await listFindings(store.db, targetId, check, { before, limit: 90 })
      seen.push(...page.map(({ checkedAt }) => checkedAt.getTime()))
      if (page.length < 90) break
      before = page.at(-1)!.checkedAt
    }
    expect(seen.length).toBe(1_001)
    expect(new Set(seen).size).toBe(1_001)
    expect(seen).toEqual([...seen].sort((a, b) => b - a))
  })

  it.each([
    ['ten years', { hours: 87_600 }],
    ['a moment before everything', { hours: 24, before: '0001-01-01T00:00:00Z' }],
    ['a moment after everything', { hours: 24, before: '9999-12-31T00:00:00Z' }],
  ])('stays small for %s', async (_, asked) => {
    const { opened } = await readHealthPage(store.db, { targetId, check, ...asked })
    expect(opened!.buckets.length).toBeLessThanOrEqual(150)
    expect(opened!.findings.length).toBeLessThanOrEqual(20)
    expect(opened!.turns.length).toBeLessThanOrEqual(10)
  })

  it('gives at most a hundred findings or turns, whatever number is asked for', async () => {
    for (const limit of [1e6, 101, -5, Number.NaN]) {
      expect((await listFindings(store.db, targetId, check, { limit })).length).toBeLessThanOrEqual(100)
      expect((await listTurns(store.db, targetId, { limit })).length).toBeLessThanOrEqual(100)
    }
  })

  it('shows an area’s last two days by the worst of each hour, and hours without a look as such', async () => {
    const { strips } = await readHealthPage(store.db, { targetId, hours: 24 })
    const strip = strips.membership!
    expect(strip).toHaveLength(stripHours)
    expect(strip[0]).toBeNull()
    expect(strip.at(-1)).toBe('healthy')
    expect(strip.filter((status) => status === 'unhealthy').length).toBeGreaterThan(0)
    expect(strip.filter((status) => status === 'no-data').length).toBeGreaterThan(0)
  })

  it('tells each turn once, newest first', async () => {
    const turns = await listTurns(store.db, targetId, { limit: 100 })
    expect(turns.map(({ statusBefore, status }) => [statusBefore, status])).toEqual([
      ['unhealthy', 'healthy'],
      ['healthy', 'unhealthy'],
      ['no-data', 'healthy'],
      ['healthy', 'no-data'],
    ])
    expect(turns[0]!.at.getTime()).toBeGreaterThan(turns[1]!.at.getTime() + minuteMs)
  })

  it('leaves statements and samples to the check that is opened', async () => {
    const { states, opened } = await readHealthPage(store.db, { targetId, hours: 24 })
    expect(opened).toBeNull()
    expect(states[0]).not.toHaveProperty('samples')
    expect(states[0]).not.toHaveProperty('statement')
  })
})
