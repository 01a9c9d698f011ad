import type postgres from 'postgres'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

const script = `
  create table public.member (id int primary key, name text);
  create table public.emptied (id int primary key);`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.member' }, { table: 'public.emptied' }],
}

const untilTrue = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 50 })

/** Deletes everything in replica mode, where ordinary triggers do not fire, and rolls it back. */
const deleteAsReplica = (sql: postgres.Sql) =>
  sql.begin(async (transaction) => {
    await transaction`set local session_replication_role = replica`
    await transaction`delete from public.member`
    throw new Error('rolled back')
  })

const arrives = (sql: postgres.Sql, table: string, rows: number) =>
  untilTrue(async () => expect(await sql.unsafe(`select from ${table}`)).toHaveLength(rows))

describe.each(postgresqlMajors)('a guarded subscriber of logical replication on PostgreSQL %i', (major) => {
  let publisher: Awaited<ReturnType<typeof createTestDatabase>>
  let subscriber: GuardedTarget
  beforeAll(async () => {
    const server = await startMajorServer(major)
    publisher = await createTestDatabase(
      `${script}
      insert into public.member select i, 'm' from generate_series(1, 100) i;
      insert into public.emptied select generate_series(1, 20);
      create publication guarded_pub for table public.member, public.emptied;`,
      server,
    )
    subscriber = await createGuardedTarget(script, policy, undefined, server)
    expect(await subscriber.install()).toMatchObject({ installed: true })
    // Both databases are on one server, where CREATE SUBSCRIPTION cannot make its own slot.
    const slot = `guarded_${publisher.database}`
    await publisher.sql`select pg_create_logical_replication_slot(${slot}, 'pgoutput')`
    await subscriber.sql.unsafe(`
      create subscription guarded_sub connection '${publisher.url}' publication guarded_pub
      with (create_slot = false, slot_name = '${slot}')`)
    cleanUp(async () => {
      await subscriber.sql.unsafe(
        'alter subscription guarded_sub disable; alter subscription guarded_sub set (slot_name = none); drop subscription guarded_sub',
      )
      await untilTrue(async () =>
        expect(
          await publisher.sql`select from pg_replication_slots where slot_name = ${slot} and active`,
        ).toHaveLength(0),
      )
      await publisher.sql`select pg_drop_replication_slot(${slot})`
    })
    await arrives(subscriber.sql, 'public.member', 100)
    await arrives(subscriber.sql, 'public.emptied', 20)
  })

  it('takes what its publisher deletes: ordinary triggers do not fire on apply', async () => {
    await publisher.sql`delete from public.member where id <= 50`
    await arrives(subscriber.sql, 'public.member', 50)
    expect(await subscriber.sql`select from holdfast.journal_statements`).toHaveLength(0)
    await expect(deleteAsReplica(subscriber.sql)).rejects.toThrow('rolled back')
    // Its own sessions are guarded all the same.
    expect((await refusalOf(subscriber.sql`delete from public.member`)).code).toBe('HF001')
  })

  it('takes them although its guards fire ALWAYS: apply fires no statement triggers for DELETE', async () => {
    await subscriber.sql.unsafe(`do $$ declare one record; begin
      perform holdfast.open_permit('test');
      for one in select tgname, tgrelid::regclass as relation from pg_trigger where tgname like 'guard\\_%' loop
        execute format('alter table %s enable always trigger %I', one.relation, one.tgname);
      end loop;
    end $$`)
    expect((await subscriber.verify()).tables.flatMap((table) => table.problems)).toEqual([])
    // A session in replica mode is another matter: there ALWAYS helps.
    expect((await refusalOf(deleteAsReplica(subscriber.sql))).code).toBe('HF001')
    await publisher.sql`delete from public.member where id <= 80`
    await arrives(subscriber.sql, 'public.member', 20)
    expect(await subscriber.sql`select from holdfast.journal_statements`).toHaveLength(0)
  })

  it('refuses a TRUNCATE that comes from the publisher when its guards fire ALWAYS, and stays behind', async () => {
    await publisher.sql`truncate public.emptied`
    await untilTrue(async () => {
      const refused = await subscriber.sql`
        select from holdfast.refused_attempts where table_name = 'public.emptied' and exceeded = 'truncate'`
      expect(refused.length).toBeGreaterThan(0)
    })
    expect(await subscriber.sql`select from public.emptied`).toHaveLength(20)
  })
})

describe.each(postgresqlMajors)('a guarded publisher of ALL TABLES on PostgreSQL %i', (major) => {
  it('is guarded, journaled, undone of its guards: no change fails for want of a replica identity', async () => {
    const target = await createGuardedTarget(
      `${script}
      insert into public.member select i, 'm' from generate_series(1, 100) i;
      create publication everything for all tables`,
      policy,
      undefined,
      await startMajorServer(major),
    )
    const report = await target.install()
    expect(report).toMatchObject({ installed: true })
    expect(report.gaps.map((gap) => gap.what)).toContain('Publication everything FOR ALL TABLES')
    await target.sql`delete from public.member where id <= 5`
    expect((await refusalOf(target.sql`delete from public.member`)).code).toBe('HF001')
    await target.sql.begin(async (transaction) => {
      await pauseGuards(transaction, 'operation-1')
      await transaction`delete from public.member where id <= 50`
    })
    const journaled = await target.sql`select sum(rows) as rows from holdfast.journal_statements`
    expect(journaled[0]!.rows).toBe('50')
    const later = new Date(Date.now() + 400 * 86_400_000)
    expect(await keepJournals(target.store.ctx, target.targetId, later)).toMatchObject({
      began: expect.any(String),
    })
    await target.remove()
  })
})
