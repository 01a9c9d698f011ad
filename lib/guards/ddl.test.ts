import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

const script = `
  create table public.member (id int primary key, name text, amount numeric(10,2), status varchar(20), born date, state_id int);
  insert into public.member select i, 'm' || i, i + 0.25, 'x', date '2000-01-01', 1 from generate_series(1, 50) i;
  create table public.part (id int, day int) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  insert into public.part select i, i % 10 from generate_series(1, 30) i;
  create schema app;
  create type app.mood as enum ('good', 'bad');
  create table app.diary (id int primary key, mood app.mood);
  insert into app.diary select i, 'good' from generate_series(1, 20) i;
  create table public.other (id int primary key, name text);
  create table public.lenient (id int primary key);
  insert into public.other select i, 'o' from generate_series(1, 20) i;
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 1000 },
  protectedTables: [
    { table: 'public.member' },
    { table: 'public.part' },
    { table: 'app.diary' },
    { table: 'public.lenient', mode: 'warn' as const },
  ],
}

/** Everything that is there to lose, structure included. */
const content = (sql: postgres.Sql) => sql`
  select 'member' as t, to_jsonb(m) as row from public.member m
  union all select 'part', to_jsonb(p) from public.part p
  union all select 'diary', to_jsonb(d) from app.diary d
  union all select 'class ' || c.oid, jsonb_build_object('name', c.oid::regclass, 'owner', c.relowner, 'persistence', c.relpersistence)
    from pg_class c where c.relnamespace::regnamespace::text in ('public', 'app')
  order by 1, 2`

describe.each(postgresqlMajors)('DDL on protected tables of PostgreSQL %i', (major) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy, undefined, await startMajorServer(major))
    sql = target.sql
    expect(await target.install()).toMatchObject({ installed: true })
  })

  it.each([
    'drop table public.member',
    'drop schema public cascade',
    'drop schema app cascade',
    'drop type app.mood cascade',
    'alter table public.member drop column name',
    'alter table public.part detach partition public.part_a',
    'alter table public.part detach partition public.part_a concurrently',
    'alter table only public . part /* now */ detach partition part_a  CONCURRENTLY',
    'drop table public.part_a',
    'alter table public.member rename to member_old',
    'alter index public.member rename to member_old',
    'alter table public.member rename column name to title',
    'alter schema app rename to app_old',
    'alter table public.member set schema app',
    'alter table public.member owner to pg_monitor',
    'alter table public.member set unlogged',
    'alter table public.member disable trigger user',
    'create table public.twin (like public.member); alter table public.member inherit public.twin',
    'create table public.twin (like public.member) partition by list (id); alter table public.twin attach partition public.member default',
    'create table public.swap as select * from public.member limit 1; drop table public.member; alter table public.swap rename to member',
    'create table public.swap as select * from public.member limit 1; alter table public.member rename to member_old; alter table public.swap rename to member',
    'drop owned by current_user cascade',
  ])('refuses: %s', async (statement) => {
    const before = await content(sql)
    const refused = await refusalOf(sql.unsafe(statement))
    expect(refused.code).toBe('HF003')
    expect(refused.hint).toMatch(/holdfast/)
    expect(await content(sql)).toEqual(before)
    expect(await target.verify()).toMatchObject({ installed: true })
  })

  it.each([
    'alter table public.member alter column amount type numeric(10,0)',
    'alter table public.member alter column amount type integer',
    "alter table public.member alter column name type text using ''",
    'alter table public.member alter column id type bigint using 0',
    'alter table public.member alter column name type varchar(1) using left(name, 1)',
    "do $$ begin execute 'alter table public.member alter column name ' || 'type text using upper(name)'; end $$",
    "create type app.mood2 as enum ('good'); alter table app.diary alter column mood type app.mood2 using 'good'::app.mood2",
  ])('refuses a rewrite that can lose values: %s', async (statement) => {
    const before = await content(sql)
    expect((await refusalOf(sql.unsafe(statement))).code).toBe('HF003')
    expect(await content(sql)).toEqual(before)
  })

  it.each([
    'alter table public.member add column later timestamptz default clock_timestamp()',
    'alter table public.member alter column state_id type bigint',
    'alter table public.member alter column status type varchar(30)',
    'alter table public.member alter column status type text',
    'alter table public.member alter column born type timestamptz',
    'alter table public.member add constraint positive check (id > 0)',
    'create index on public.member (name)',
    "alter type app.mood add value 'fair'",
    'create table public.part_b partition of public.part for values from (10) to (20)',
    'alter table public.other drop column name',
    'create table public.spare (id int, v text); alter table public.spare rename column v to w; alter table public.spare alter column w type int using 0; drop table public.spare',
    'create function public.f() returns int language sql return 1; drop function public.f()',
    'alter table public.lenient rename to lenient2; alter table public.lenient2 rename to lenient',
  ])('lets pass what loses nothing: %s', async (statement) => {
    const rows = async () =>
      (await sql`select (select count(*) from public.member) + (select count(*) from public.part) as n`)[0]!.n
    const before = await rows()
    await sql.unsafe(statement)
    expect(await rows()).toBe(before)
  })

  it('fails loudly where a shorter type would cut', async () => {
    await sql`alter table public.member alter column name type varchar(3)`
    expect((await refusalOf(sql`alter table public.member alter column name type varchar(2)`)).code).toBe(
      '22001',
    )
  })

  it('lets the transaction of an approved operation pass', async () => {
    await sql
      .begin(async (transaction) => {
        await pauseGuards(transaction, 'operation-1')
        await transaction.unsafe(`
          alter table public.part detach partition public.part_a; alter table public.member drop column name;
          alter table public.member rename to gone; drop table public.gone`)
        throw new Error('far enough')
      })
      .catch((error: Error) => expect(error.message).toBe('far enough'))
    expect(await sql`select from public.member`).toHaveLength(50)
  })

  it('holds in replica mode, too', async () => {
    const refused = sql.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`
      await transaction`drop table public.member`
    })
    expect((await refusalOf(refused)).code).toBe('HF003')
  })

  it('does not stand in the way of its own repair when a part of it is gone', async () => {
    await sql.begin(async (transaction) => {
      await pauseGuards(transaction, 'operation-2')
      await transaction`alter event trigger holdfast_refuse_drop disable`
      await transaction`drop function holdfast.operation_is_open()`
      await transaction`alter event trigger holdfast_refuse_drop enable always`
    })
    expect(await target.verify()).toMatchObject({ installed: false })
    await sql`alter table public.other add column more int`
    expect(await target.install()).toMatchObject({ installed: true })
    expect((await refusalOf(sql`drop table public.member`)).code).toBe('HF003')
  })
})
