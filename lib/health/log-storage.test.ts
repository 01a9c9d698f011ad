import { asc, eq, sql } from 'drizzle-orm'
import postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  healthDays,
  healthHours,
  healthLog,
  healthMinutes,
  healthStates,
  healthTurns,
  rowCounts,
} from '#drizzle/schema/health.ts'
import { dropOldLog } from '#lib/health/drop-old-log.ts'
import { keepLog } from '#lib/health/keep-log.ts'
import { makePartitions } from '#lib/health/make-partitions.ts'
import { recordFindings } from '#lib/health/record-findings.ts'
import { rollUpLog } from '#lib/health/roll-up-log.ts'
import type { Finding } from '#lib/health/types.ts'
import { recordTarget } from '#lib/testing/alert-records.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestStore, type TestStore } from '#lib/testing/test-db.ts'

const check = 'rows.count:public.members'
const finding = (known: Partial<Finding> = {}): Finding => ({
  check,
  area: 'rows',
  title: 'Rows of public.members',
  status: 'healthy',
  severity: 'INFO',
  affected: 0,
  measured: 100,
  details: '100 rows.',
  remedy: null,
  samples: [],
  statement: 'select count(*) from public.members',
  durationMs: 1,
  ...known,
})

describe('the storage of the health log', () => {
  let store: TestStore
  let targetId: string
  const jobRunId = '00000000-0000-0000-0000-000000000001'
  const record = (checkedAt: Date, ...findings: Finding[]) =>
    recordFindings(store.db, { targetId, jobRunId, checkedAt, findings })
  const partitionsOf = async (table: string): Promise<string[]> => {
    const rows = await store.db.execute<{ name: string }>(sql`
      select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = ${table}::regclass and not i.inhdetachpending order by 1`)
    return rows.map(({ name }) => name)
  }
  const hasTable = async (name: string): Promise<boolean> => {
    const [row] = await store.db.execute<{ has: boolean }>(
      sql`select to_regclass(${name}) is not null as has`,
    )
    return row!.has
  }
  /** Another session, which holds what it read until the test ends it. */
  const openSession = () => {
    const session = postgres(store.url, { max: 1, onnotice: () => {}, connection: { lock_timeout: 2_000 } })
    cleanUp(() => session.end({ timeout: 1 }))
    return session
  }

  beforeAll(async () => {
    store = await createTestStore()
  })
  beforeEach(async () => {
    targetId = (await recordTarget(store.db)).id
  })

  it('files a finding with its state, turn, rollups and row count, in one transaction', async () => {
    const now = new Date()
    await record(new Date(now.getTime() - 3), finding())
    await record(new Date(now.getTime() - 2), finding({ measured: 3, details: '3 rows.' }))
    await record(
      new Date(now.getTime() - 1),
      finding({ status: 'no-data', severity: 'WARNING', measured: null, affected: null }),
    )
    await record(now, finding({ status: 'unhealthy', severity: 'CRITICAL', measured: 40, affected: 60 }))
    expect(await store.db.$count(healthLog, eq(healthLog.targetId, targetId))).toBe(4)
    expect(await store.db.$count(rowCounts, eq(rowCounts.targetId, targetId))).toBe(3)
    for (const tier of [healthMinutes, healthHours, healthDays]) {
      const rows = await store.db.select().from(tier).where(eq(tier.targetId, targetId)).orderBy(asc(tier.at))
      const sum = (key: 'runs' | 'unhealthy' | 'noData' | 'measuredRuns' | 'total') =>
        rows.reduce((total, row) => total + (row[key] ?? 0), 0)
      expect([sum('runs'), sum('unhealthy'), sum('noData'), sum('measuredRuns')]).toEqual([4, 1, 1, 3])
      expect(sum('total')).toBe(143)
      expect(Math.min(...rows.map((row) => row.lowest!))).toBe(3)
      expect(Math.max(...rows.map((row) => row.highest!))).toBe(100)
      expect(rows.at(-1)!.last).toBe(40)
    }
    const turns = await store.db
      .select()
      .from(healthTurns)
      .where(eq(healthTurns.targetId, targetId))
      .orderBy(asc(healthTurns.at))
    expect(turns.map((turn) => [turn.statusBefore, turn.status])).toEqual([
      [null, 'healthy'],
      ['healthy', 'no-data'],
      ['no-data', 'unhealthy'],
    ])
    expect(
      await store.db.select().from(healthStates).where(eq(healthStates.targetId, targetId)),
    ).toMatchObject([
      { check, status: 'unhealthy', severity: 'CRITICAL', affected: 60, measured: 40, since: now },
    ])
  })

  it('keeps nothing of a run whose recording fails half-way', async () => {
    const broken = finding({ check: 'rows.count:broken', measured: 2 ** 70 })
    await expect(record(new Date(), finding(), broken)).rejects.toThrow()
    for (const table of [healthLog, healthMinutes, healthStates, healthTurns]) {
      expect(await store.db.$count(table, eq(table.targetId, targetId))).toBe(0)
    }
  })

  it('logs a finding that comes late, and lets the newer state stand', async () => {
    const now = new Date()
    await record(now, finding({ measured: 50 }))
    await record(
      new Date(now.getTime() - 120_000),
      finding({ status: 'unhealthy', severity: 'CRITICAL', measured: 7 }),
    )
    expect(await store.db.$count(healthLog, eq(healthLog.targetId, targetId))).toBe(2)
    const [state] = await store.db.select().from(healthStates).where(eq(healthStates.targetId, targetId))
    expect(state).toMatchObject({ status: 'healthy', measured: 50, checkedAt: now })
    expect(await store.db.$count(healthTurns, eq(healthTurns.targetId, targetId))).toBe(1)
  })

  it.each([
    ['years behind', new Date('1999-05-05Z')],
    ['years ahead', new Date('2199-05-05Z')],
    ['two hours behind', new Date(Date.now() - 7_200_000)],
  ])('files the findings of a machine whose clock is %s at the time they came', async (_, checkedAt) => {
    const before = await partitionsOf('health_log')
    await record(checkedAt, finding())
    const [row] = await store.db.select().from(healthLog).where(eq(healthLog.targetId, targetId))
    expect(Math.abs(row!.checkedAt.getTime() - Date.now())).toBeLessThan(60_000)
    expect(await partitionsOf('health_log')).toEqual(before)
  })

  it('loses no finding where no partition was made ahead, however many come at once', async () => {
    await store.db.execute(sql`drop table ${sql.identifier((await partitionOfNow('health_log')) ?? '')}`)
    await store.db.execute(sql`drop table ${sql.identifier((await partitionOfNow('health_minutes')) ?? '')}`)
    const others = await Promise.all(Array.from({ length: 6 }, () => recordTarget(store.db)))
    const checkedAt = new Date()
    await Promise.all(
      others.map(({ id }) =>
        recordFindings(store.db, { targetId: id, jobRunId, checkedAt, findings: [finding()] }),
      ),
    )
    for (const { id } of others) expect(await store.db.$count(healthLog, eq(healthLog.targetId, id))).toBe(1)
  })

  async function partitionOfNow(table: string): Promise<string | undefined> {
    const [row] = await store.db.execute<{ name: string }>(sql`
      select ${`${table}_p`} || to_char(now() at time zone 'UTC', 'YYYYMMDD') as name`)
    return row?.name
  }

  it('makes a partition while others read and write, and neither waits', async () => {
    const reader = openSession()
    const writer = openSession()
    const distant = new Date('2031-02-03T04:05:06Z')
    await reader.begin(async (reading) => {
      await reading`select count(*) from health_log`
      await store.db.transaction(async (tx) => {
        await tx.execute(sql`set local lock_timeout = '2s'`)
        await makePartitions(tx, distant)
        // Not committed yet: whoever comes now must not wait for it either.
        expect(await reading`select count(*) from health_hours`).toHaveLength(1)
        await writer`
          insert into health_log (target_id, checked_at, "check", status, severity, details)
          values (${targetId}, now(), 'x', 'healthy', 'INFO', '')`
      })
    })
    expect(await partitionsOf('health_log')).toContain('health_log_p20310203')
    expect(await partitionsOf('health_hours')).toContain('health_hours_p203102')
    expect(await partitionsOf('health_days')).toContain('health_days_p2031')
  })

  it('drops what was kept long enough, whole partitions of each tier, and nothing else', async () => {
    const ages = [0, 10, 29, 32, 45, 200, 1_000, 1_500]
    for (const days of ages) await makePartitions(store.db, new Date(Date.now() - days * 86_400_000))
    const at = (days: number) =>
      new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
    await keepLog(store.ctx)
    const kept = await partitionsOf('health_log')
    expect(kept).toEqual(expect.arrayContaining([0, 10, 29].map((days) => `health_log_p${at(days)}`)))
    for (const days of [32, 45, 200, 1_500]) {
      expect(await hasTable(`health_log_p${at(days)}`)).toBe(false)
      expect(await hasTable(`health_minutes_p${at(days)}`)).toBe(false)
    }
    expect(await hasTable(`health_minutes_p${at(10)}`)).toBe(false)
    expect(await hasTable(`health_hours_p${at(200).slice(0, 6)}`)).toBe(false)
    expect(await hasTable(`health_hours_p${at(45).slice(0, 6)}`)).toBe(true)
    expect(await hasTable(`health_turns_p${at(1_000).slice(0, 6)}`)).toBe(true)
    expect(await hasTable(`health_turns_p${at(1_500).slice(0, 6)}`)).toBe(false)
    expect(await dropOldLog(store.ctx)).toEqual([])
  })

  it('lets nobody wait for a drop that a reader holds up, and finishes it in the next round', async () => {
    const old = new Date(Date.now() - 60 * 86_400_000)
    await makePartitions(store.db, old)
    const name = `health_log_p${old.toISOString().slice(0, 10).replaceAll('-', '')}`
    const reader = openSession()
    await reader.begin(async (reading) => {
      await reading`select count(*) from health_log`
      const round = dropOldLog(store.ctx)
      const other = openSession()
      for (let look = 0; look < 20; look++) {
        await other`select count(*) from health_log`
        await other`insert into health_log (target_id, checked_at, "check", status, severity, details)
          values (${targetId}, clock_timestamp(), 'x', 'healthy', 'INFO', '')`
      }
      expect(await round).not.toContain(name)
      expect(await hasTable(name)).toBe(true)
    })
    expect(await dropOldLog(store.ctx)).toContain(name)
    expect(await hasTable(name)).toBe(false)
  })

  it('takes away what a round that died had detached', async () => {
    const old = new Date(Date.now() - 70 * 86_400_000)
    await makePartitions(store.db, old)
    const name = `health_log_p${old.toISOString().slice(0, 10).replaceAll('-', '')}`
    await store.db.$client.unsafe(`alter table health_log detach partition ${name}`)
    expect(await dropOldLog(store.ctx)).toContain(name)
  })

  it('makes the same rollups and turns from the log as the runs did', async () => {
    const now = new Date()
    const statuses = ['healthy', 'unhealthy', 'unhealthy', 'no-data', 'healthy'] as const
    for (const [index, status] of statuses.entries()) {
      const measured = status === 'no-data' ? null : 100 - index
      await record(new Date(now.getTime() - 5_000 + index * 1_000), finding({ status, measured }))
    }
    const read = async () => ({
      minutes: await store.db.select().from(healthMinutes).where(eq(healthMinutes.targetId, targetId)),
      hours: await store.db.select().from(healthHours).where(eq(healthHours.targetId, targetId)),
      days: await store.db.select().from(healthDays).where(eq(healthDays.targetId, targetId)),
      turns: await store.db
        .select()
        .from(healthTurns)
        .where(eq(healthTurns.targetId, targetId))
        .orderBy(asc(healthTurns.at)),
    })
    const byRuns = await read()
    for (const tier of [healthMinutes, healthHours, healthDays, healthTurns]) {
      await store.db.delete(tier).where(eq(tier.targetId, targetId))
    }
    await rollUpLog(store.db, targetId, now)
    expect(await read()).toEqual(byRuns)
  })
})
