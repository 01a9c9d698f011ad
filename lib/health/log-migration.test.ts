import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asc, eq, sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import {
  healthDays,
  healthHours,
  healthLog,
  healthMinutes,
  healthStates,
  healthTurns,
  rowCounts,
} from '#drizzle/schema/health.ts'
import { closeDb, openDb } from '#lib/db/client.ts'
import { migrateDb, migrationHashes } from '#lib/db/migrate-db.ts'
import { packageRoot } from '#lib/env.ts'
import { createKeyRing } from '#lib/keys.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'
import { testKey } from '#lib/testing/test-key.ts'

const folder = join(packageRoot, 'drizzle/migrations')
const lastBefore = '0012_channel_attempts'

interface Journal {
  entries: { tag: string; when: number }[]
}

describe('the migration of the health log', () => {
  it('brings what an older Holdfast had logged into partitions, rollups, turns and whole states', async () => {
    const { url, sql: old } = await createTestDatabase()
    const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as Journal
    const before = entries.slice(0, entries.findIndex(({ tag }) => tag === lastBefore) + 1)
    const hashes = migrationHashes()
    await old.unsafe(
      'create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
    )
    for (const [index, { tag, when }] of before.entries()) {
      await old.unsafe(readFileSync(join(folder, `${tag}.sql`), 'utf8'))
      await old`insert into drizzle.__drizzle_migrations (hash, created_at) values (${hashes[index]!}, ${when})`
    }
    // Sixty days, a finding an hour of two checks; one was ill for ten hours twelve days ago, one saw nothing yesterday.
    await old.unsafe(`
      insert into targets (name, environment, host, port, database_name, server_version, server_version_number, table_count, created_by)
      values ('old', 'production', 'localhost', 5432, 'old', '15', 150000, 1, 'test');
      insert into health_log (target_id, checked_at, "check", area, title, status, severity, affected, measured, details, samples)
      select t.id, now() - n * interval '1 hour', c, 'rows', 'Rows', s.status,
        case s.status when 'healthy' then 'INFO' when 'unhealthy' then 'CRITICAL' else 'WARNING' end, 0,
        case when s.status <> 'no-data' then n end, 'finding ' || n, '[{"id":"7"}]'
      from targets t cross join generate_series(60 * 24, 0, -1) n cross join (values ('rows.count:a'), ('rows.count:b')) v (c)
      cross join lateral (select case when c = 'rows.count:a' and n between 288 and 297 then 'unhealthy'
        when c = 'rows.count:b' and n between 24 and 30 then 'no-data' else 'healthy' end as status) s;
      insert into health_states (target_id, "check", log_id, status, since, statement)
      select distinct on ("check") target_id, "check", id, status, checked_at, 'select 1' from health_log
      order by "check", checked_at desc;
      insert into row_counts (target_id, table_name, counted_at, rows)
      select t.id, 'a', now() - n * interval '1 hour', n from targets t cross join generate_series(0, 40 * 24) n;
      insert into row_counts (target_id, table_name, counted_at, rows)
      select target_id, table_name, counted_at, rows + 1 from row_counts where rows = 5;
    `)
    await migrateDb(url, createKeyRing(testKey))
    const db = openDb(url, { applicationName: 'holdfast:test', maxConnections: 2 })
    cleanUp(() => closeDb(db))
    expect(await db.$count(healthLog)).toBe(2 * (60 * 24 + 1))
    expect(await db.$count(rowCounts)).toBe(40 * 24 + 1)
    const states = await db.select().from(healthStates).orderBy(asc(healthStates.check))
    expect(states).toMatchObject([
      {
        check: 'rows.count:a',
        area: 'rows',
        title: 'Rows',
        details: 'finding 0',
        measured: 0,
        samples: [{ id: '7' }],
      },
      { check: 'rows.count:b', status: 'healthy', severity: 'INFO', statement: 'select 1' },
    ])
    const turns = await db.select().from(healthTurns).orderBy(asc(healthTurns.check), asc(healthTurns.at))
    expect(turns.map((turn) => [turn.check.at(-1), turn.statusBefore, turn.status])).toEqual([
      ['a', null, 'healthy'],
      ['a', 'healthy', 'unhealthy'],
      ['a', 'unhealthy', 'healthy'],
      ['b', null, 'healthy'],
      ['b', 'healthy', 'no-data'],
      ['b', 'no-data', 'healthy'],
    ])
    for (const tier of [healthHours, healthDays]) {
      const [sum] = await db
        .select({
          runs: sql`sum(${tier.runs})`.mapWith(Number),
          unhealthy: sql`sum(${tier.unhealthy})`.mapWith(Number),
          highest: sql`max(${tier.highest})`.mapWith(Number),
        })
        .from(tier)
        .where(eq(tier.check, 'rows.count:a'))
      expect(sum).toEqual({ runs: 60 * 24 + 1, unhealthy: 10, highest: 60 * 24 })
    }
    expect(await db.$count(healthMinutes)).toBeGreaterThan(2 * 24)
    const [partition] = await db.execute<{ count: string }>(
      sql`select count(*) from pg_inherits where inhparent = 'health_log'::regclass`,
    )
    expect(Number(partition!.count)).toBeGreaterThan(60)
  })
})
