import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { type BackupStage, createBackupStage } from '#lib/testing/backup-stage.ts'
import { dumpDatabase, restoreDump } from '#lib/testing/copy-database.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

/** Counts who knocks, and lets nobody in. */
async function listen(): Promise<{ port: number; knocks(): number; server: Server }> {
  let knocks = 0
  const server = createServer((socket) => {
    knocks++
    socket.destroy()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => server.close())
  return { port: (server.address() as { port: number }).port, knocks: () => knocks, server }
}

const scopeOf = (stage: BackupStage): JobScope =>
  ({
    ctx: stage.store.ctx,
    targetId: stage.target.id,
    jobRunId: null,
    signal: new AbortController().signal,
    phase: async () => {},
    progress: () => {},
    assertHeld: async () => {},
  }) as unknown as JobScope

describe('a database that reaches out wherever a database can', { timeout: 180_000 }, () => {
  let stage: BackupStage
  let archive: BackupDetails
  let canary: Awaited<ReturnType<typeof listen>>

  beforeAll(async () => {
    canary = await listen()
    stage = await createBackupStage(`
      create schema app;
      create table app.orders (id int primary key, note text);
      insert into app.orders select n, 'order ' || n from generate_series(1, 200) n;
      create table app.away (conninfo text);
      create extension postgres_fdw;
      create extension dblink;
      create function app.peek() returns int language plpgsql as $$
        begin return (select a from public.dblink((select conninfo from app.away), 'select 1') as t (a int)); end $$;
      create function app.knock() returns trigger language plpgsql as $$ begin perform app.peek(); return null; end $$;
      create function app.knock_ddl() returns event_trigger language plpgsql as $$ begin perform app.peek(); end $$;
      create server away foreign data wrapper postgres_fdw`)
    const { sql, url } = stage.target
    const own = new URL(url)
    const server = (host: string, port: string | number, verb: string) =>
      `alter server away options (${verb} host '${host}', ${verb} port '${port}', ${verb} dbname '${own.pathname.slice(1)}')`
    const conninfo = (port: string | number) =>
      `host=127.0.0.1 port=${port} dbname=${own.pathname.slice(1)} user=${own.username} password=${own.password}`
    await sql.unsafe(server(own.hostname, own.port, 'add'))
    await sql.unsafe(
      `create user mapping for current_user server away options (user '${own.username}', password '${own.password}')`,
    )
    await sql`insert into app.away values (${conninfo(own.port)})`
    // What these two hold can only be had by reaching another server.
    await sql.unsafe(`create foreign table app.far (id int, note text) server away options (schema_name 'app', table_name 'orders');
      create materialized view app.by_wrapper as select * from app.far;
      create materialized view app.by_function as select app.peek() as a;
      create materialized view app.by_itself as select count(*) as n from app.orders;
      create unique index on app.by_itself (n)`)
    await sql.unsafe(server('127.0.0.1', canary.port, 'set'))
    await sql`update app.away set conninfo = ${conninfo(canary.port)}`
    await sql.unsafe(`
      create trigger knock after insert or update on app.orders for each statement execute function app.knock();
      alter table app.orders enable always trigger knock;
      create subscription away connection '${conninfo(canary.port)}' publication p with (connect = false, enabled = false, slot_name = none);
      create publication here for all tables;
      create event trigger knock_ddl on ddl_command_start execute function app.knock_ddl();
      alter event trigger knock_ddl enable always`)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const changed = {
      ...document,
      protectedTables: [{ table: 'app.orders' }],
      rowCounts: [{ table: 'app.orders', minimumRows: 1_000_000 }],
    }
    await applyPolicy(stage.store.ctx, { name: stage.target.name, document: changed })
    await runHealth(scopeOf(stage))
    archive = await stage.take('archive')
  })

  it('knocks when it is restored plainly', async () => {
    const before = canary.knocks()
    const dump = await dumpDatabase(stage.target.url, 15)
    const copy = await createTestDatabase()
    await restoreDump(dump, copy.url)
    expect(canary.knocks()).toBeGreaterThan(before)
  })

  it('is restored, compared and checked in a drill without a single connection', async () => {
    const before = canary.knocks()
    const drill = await stage.drill(archive.id)
    expect(canary.knocks()).toBe(before)
    expect(drill.error).toBeNull()
    expect(drill).toMatchObject({ verdict: 'passed', differences: [] })
    const unchecked = drill.unchecked.map(({ what }) => what)
    expect(unchecked).toContain('materialized view app.by_wrapper')
    expect(unchecked).toContain('materialized view app.by_function')
    expect(unchecked).not.toContain('materialized view app.by_itself')
  })

  it('reaches nobody afterwards either, when somebody works on the copy', async () => {
    const before = canary.knocks()
    await withRestoredArchive(scopeOf(stage), archive.id, async ({ url }) => {
      const copy = connectToUrl(url, 'owner', { purpose: 'test' })
      try {
        expect(await copy`select n from app.by_itself`).toEqual([{ n: '200' }])
        await expect(copy`select * from app.far`).rejects.toThrow(/handler/)
        await expect(copy`select app.peek()`).rejects.toThrow(/holdfast_inert_copy/)
        await expect(copy`insert into app.orders values (201, 'x')`).rejects.toThrow(/holdfast_inert_copy/)
        expect(await copy`select from pg_catalog.pg_subscription`).toHaveLength(0)
        expect(await copy`select from pg_catalog.pg_publication`).toHaveLength(0)
        expect(await copy`select from pg_catalog.pg_user_mappings`).toHaveLength(0)
        expect(
          await copy`select from pg_catalog.pg_foreign_server where srvoptions::text like '%127%'`,
        ).toHaveLength(0)
        const logins = await copy`select rolname from pg_catalog.pg_roles where rolcanlogin`
        expect(logins.map(({ rolname }) => rolname)).toEqual(['holdfast'])
      } finally {
        await copy.end()
      }
    })
    expect(canary.knocks()).toBe(before)
  })

  it('a check that is red on the copy as it was at the source is told and fails nothing', async () => {
    const drill = await stage.drill(archive.id)
    expect(drill.verdict).toBe('passed')
    const rows = drill.checks.find(({ check }) => check === 'rows.count:app.orders')
    expect(rows).toMatchObject({ status: 'unhealthy', severity: 'CRITICAL', atSource: 'unhealthy' })
    expect(drill.checks.some(({ check }) => check.startsWith('server.'))).toBe(false)
    expect(drill.unchecked.map(({ what }) => what)).toContain('server.connections')
  })
})

describe('a database that can be restored only by reaching out', { timeout: 180_000 }, () => {
  it('is not called bad for it', async () => {
    const canary = await listen()
    const stage = await createBackupStage(`
      create extension dblink;
      create table public.away (conninfo text);
      insert into public.away values ('dbname=nobody');
      create table public.orders (id int);
      create function public.peek(int) returns int language plpgsql immutable as $$
      begin
        if (select conninfo from public.away) like '%${canary.port}%' then
          perform public.dblink_connect((select conninfo from public.away));
        end if;
        return $1;
      end $$;
      insert into public.orders values (1);
      create index on public.orders (public.peek(id));
      update public.away set conninfo = 'host=127.0.0.1 port=${canary.port} user=x password=x'`)
    const archive = await stage.take('archive')
    const drill = await stage.drill(archive.id)
    expect(drill).toMatchObject({ verdict: 'inconclusive', error: { code: 'drill-inert' } })
    expect(canary.knocks()).toBe(0)
  })
})
