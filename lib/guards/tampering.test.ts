import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { requestGuardInstallation } from '#lib/guards/request-guard-installation.ts'
import { requestGuardRemoval } from '#lib/guards/request-guard-removal.ts'
import { requestGuardVerification } from '#lib/guards/request-guard-verification.ts'
import type { TableGuard } from '#lib/guards/types.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { createTestPerson } from '#lib/testing/test-db.ts'

const script = `
  create table public.member (id int primary key, name text);
  insert into public.member select i, 'm' || i from generate_series(1, 100) i;
  create table public.other (id int primary key);
  create schema app;
  create table app.order_line (id int primary key);
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [{ table: 'public.member' }, { table: 'app.order_line' }],
}

/** Everything in the catalogs that an installation could leave behind, roles included. */
const catalog = (sql: postgres.Sql) => sql`
  select 'class ' || c.oid::regclass || ' ' || coalesce(c.relacl::text, '') as thing from pg_class c
  where c.relnamespace::regnamespace::text !~ '^pg_(toast|temp)'
  union all select 'proc ' || p.oid::regprocedure from pg_proc p
  union all select 'trigger ' || t.tgname || t.tgrelid::regclass from pg_trigger t where not t.tgisinternal
  union all select 'event trigger ' || e.evtname from pg_event_trigger e
  union all select 'schema ' || n.nspname || coalesce(n.nspacl::text, '') from pg_namespace n where n.nspname !~ '^pg_(toast|temp)'
  union all select 'extension ' || e.extname from pg_extension e
  union all select 'role ' || r.rolname from pg_roles r
    where r.rolname = 'holdfast_evidence_' || left(md5(current_database()), 8)
  order by 1`

/** A superuser can; what matters is that it is found. */
const switchOff = (sql: postgres.Sql) =>
  sql.unsafe(`do $$ declare name text; begin
    for name in select evtname from pg_event_trigger loop execute format('alter event trigger %I disable', name); end loop;
  end $$`)

const stateOf = (report: { tables: TableGuard[] }, table: string) =>
  report.tables.find((candidate) => candidate.table === table)!

describe('a guard that people work around', () => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    sql = target.sql
    expect(await target.install()).toMatchObject({ installed: true })
  })

  it.each([
    ['truncate public.member', 'HF002'],
    ['truncate public.other, public.member cascade', 'HF002'],
    ['drop table public.member', 'HF003'],
    ['drop table public.member cascade', 'HF003'],
    ['drop schema app cascade', 'HF003'],
    ['alter table public.member drop column name', 'HF003'],
    ['alter table public.member disable trigger all', 'HF003'],
    ['alter table public.member disable trigger user', 'HF003'],
    ['drop schema holdfast cascade', 'HF003'],
    ['drop function holdfast.refuse_truncation(regclass) cascade', 'HF003'],
    [
      `create or replace function holdfast.refuse_alter() returns event_trigger language plpgsql as 'begin end'`,
      'HF003',
    ],
    ['drop table holdfast.guarded_tables cascade', 'HF003'],
  ])('refuses: %s', async (statement, code) => {
    const refused = await refusalOf(sql.unsafe(statement))
    expect(refused.code).toBe(code)
    expect(refused.hint).toBeTruthy()
    expect(await target.verify()).toMatchObject({ installed: true })
  })

  it('refuses to drop its own trigger', async () => {
    const [trigger] = await sql`
      select tgname from pg_trigger where tgrelid = 'public.member'::regclass and tgname like 'guard_delete%'`
    expect((await refusalOf(sql.unsafe(`drop trigger ${trigger!.tgname} on public.member`))).code).toBe(
      'HF003',
    )
  })

  it('leaves other tables and temporary ones alone', async () => {
    await sql.unsafe(
      'create temp table member (id int); drop table pg_temp.member; create table public.spare (id int); truncate public.other; drop table public.spare',
    )
  })

  it('installs a second time without a single statement', async () => {
    expect(await target.install()).toMatchObject({ installed: true, ran: 0, statements: [] })
  })
})

describe('verification', () => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy)
    sql = target.sql
    await target.install()
    await switchOff(sql)
  })
  const member = async () => stateOf(await target.verify(), 'public.member')
  const repaired = async () => {
    expect(await target.install()).toMatchObject({ installed: true })
    await switchOff(sql)
  }

  it.each([
    ['alter table public.member disable trigger all', 'Its DELETE trigger is disabled.'],
    ['update holdfast.budgets set statement_rows = 100000', 'Its budget differs from the policy.'],
    [
      `create or replace function holdfast.refuse_truncation(relation regclass) returns void language plpgsql security definer set search_path = '' as 'begin return; end'`,
      'Its refuse_truncation() was replaced.',
    ],
    ['alter table public.member add column later text', 'Its column later is not in the journal.'],
    ['drop table holdfast.refused_attempts', 'Lacks refused_attempts.'],
  ])('finds and installation repairs: %s', async (statement, problem) => {
    await sql.unsafe(statement)
    const found = await member()
    expect(found.state).toBe('tampered')
    expect(found.problems).toContain(problem)
    await repaired()
  })

  it('finds a dropped trigger and a replaced one', async () => {
    const [trigger] = await sql`
      select tgname from pg_trigger where tgrelid = 'public.member'::regclass and tgname like 'guard_delete%'`
    await sql.unsafe(`drop trigger ${trigger!.tgname} on public.member`)
    expect((await member()).problems).toContain('Its DELETE trigger is missing.')
    await sql.unsafe(
      `create trigger ${trigger!.tgname} after delete on public.member for each statement when (false) execute function holdfast.${trigger!.tgname.replace('delete', 'truncate')}()`,
    )
    expect((await member()).problems).toContain('Its DELETE trigger was replaced.')
    await repaired()
  })

  it('finds event triggers that are switched off', async () => {
    expect((await member()).problems).toContain('The event trigger holdfast_refuse_drop is switched off.')
  })

  it('finds a table that is gone', async () => {
    await sql.unsafe('drop table app.order_line')
    expect(stateOf(await target.verify(), 'app.order_line').state).toBe('unsupported')
  })
})

describe('removal', () => {
  it('leaves nothing: the catalogs are what they were before', async () => {
    const target = await createGuardedTarget(script, policy)
    const before = await catalog(target.sql)
    await target.install()
    await target.sql`delete from public.member where id = 1`
    expect(await catalog(target.sql)).not.toEqual(before)
    await target.remove()
    expect(await catalog(target.sql)).toEqual(before)
    await target.sql`delete from public.member`
    expect(await target.remove()).toMatchObject({ statements: 0 })
  })

  it('leaves what other parts of Holdfast keep in the schema', async () => {
    const target = await createGuardedTarget(script, policy)
    await target.sql.unsafe('create schema holdfast; create table holdfast.marker (id int)')
    await target.install()
    await target.remove()
    expect(await target.sql`select * from holdfast.marker`).toHaveLength(0)
  })
})

describe('requests about guards', () => {
  it.each([
    ['install', requestGuardInstallation],
    ['remove', requestGuardRemoval],
    ['verify', requestGuardVerification],
  ])('refuses a viewer to %s', async (_name, request) => {
    const target = await createGuardedTarget(script, policy)
    const viewer = await createTestPerson(target.store, 'viewer')
    expect(await request(viewer, { target: target.name })).toMatchObject({
      ok: false,
      refusal: { code: 'forbidden' },
    })
  })
})
