import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { listCatalog } from '#lib/testing/list-catalog.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

const script = `
  create table public.member (id int primary key, name text not null, tags text[], doubled int generated always as (id * 2) stored);
  insert into public.member select i, 'm' || i, array['a', null] from generate_series(1, 1000) i;
  create table public.merged (id int primary key);
  insert into public.merged select generate_series(1, 100);
  create table public.part (id int, day int) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  create table public.part_b partition of public.part for values from (10) to (20);
  insert into public.part select i, i % 20 from generate_series(1, 100) i;
  create table public.windowed (id int primary key);
  insert into public.windowed select generate_series(1, 100);
  create table public.share (id int) partition by range (id);
  create table public.share_a partition of public.share for values from (0) to (2000);
  create table public.share_b partition of public.share for values from (2000) to (4000);
  insert into public.share select generate_series(1, 3999);
  -- As autovacuum leaves it: the partitions have statistics, their parent never gets any.
  analyze public.share_a, public.share_b;
  do $$ begin
    if not exists (select from pg_roles where rolname = 'majors_owner') then create role majors_owner; end if;
  end $$;
  alter table public.windowed owner to majors_owner;
`
const policy = {
  budget: { statementRows: 10, transactionRows: 15, windowRows: 100_000 },
  protectedTables: [
    { table: 'public.member' },
    { table: 'public.merged' },
    { table: 'public.part' },
    { table: 'public.windowed', budget: { windowRows: 12 } },
    {
      table: 'public.share',
      budget: { statementRows: 4_000, transactionRows: 4_000, transactionPercent: 1 },
    },
  ],
}

describe.each(postgresqlMajors)('guards on PostgreSQL %i', (major) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  let before: string[]
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy, undefined, await startMajorServer(major))
    sql = target.sql
    before = await listCatalog(sql)
  })
  const count = async (table: string): Promise<number> =>
    Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)

  it('install whole, verify, and install again without a statement', async () => {
    const [{ version }] = await sql<[{ version: string }]>`
      select current_setting('server_version') as version`
    expect(Number.parseInt(version, 10)).toBe(major)
    const report = await target.install()
    expect(report).toMatchObject({ installed: true, statements: [] })
    // The superuser's server refuses DDL and keeps the particulars of attempts.
    expect(report.gaps.map((gap) => gap.what)).not.toContain('Who tried what, of a refused statement')
    expect(await target.verify()).toMatchObject({ installed: true })
    expect(await target.install()).toMatchObject({ ran: 0 })
  })

  it('refuse over the budget of a statement, a transaction and a window', async () => {
    expect(await refusalOf(sql`delete from public.member`)).toMatchObject({
      code: 'HF001',
      message: expect.stringContaining('one statement may delete 10'),
    })
    const inSteps = sql.begin(async (transaction) => {
      await transaction`delete from public.member where id <= 10`
      await transaction`delete from public.member where id between 11 and 16`
    })
    expect((await refusalOf(inSteps)).message).toContain('one transaction may delete 15')
    expect(await count('public.member')).toBe(1000)
    await sql`delete from public.windowed where id <= 6`
    await sql`delete from public.windowed where id between 7 and 12`
    expect((await refusalOf(sql`delete from public.windowed where id = 13`)).code).toBe('HF001')
    expect(await count('public.windowed')).toBe(88)
  })

  it('count a table and its partitions as one', async () => {
    const both = sql.begin(async (transaction) => {
      await transaction`delete from public.part_a where id <= 20`
      await transaction`delete from public.part where id between 31 and 38`
    })
    expect((await refusalOf(both)).message).toContain('public.part')
    expect(await count('public.part')).toBe(100)
  })

  it('let a delete within its budget pass and keep the rows', async () => {
    const kept = await sql`select id, name, tags, doubled from public.member where id <= 3 order by id`
    await sql`delete from public.member where id <= 3`
    const [guarded] = await sql`
      select journal::text as journal from holdfast.guarded_tables where relation = 'public.member'::regclass`
    expect(await sql.unsafe(`select id, name, tags, doubled from ${guarded!.journal} order by id`)).toEqual(
      kept,
    )
    const statements = await sql`
      select rows, journal_problem from holdfast.journal_statements where table_name = 'public.member'`
    expect(statements).toEqual([{ rows: '3', journal_problem: null }])
  })

  it.each([
    ['truncate public.member', 'HF002'],
    ['truncate public.part', 'HF002'],
    ['truncate public.part_a', 'HF002'],
    ['drop table public.member cascade', 'HF003'],
    ['drop table public.part_b', 'HF003'],
    ['drop schema public cascade', 'HF003'],
    ['drop schema holdfast cascade', 'HF003'],
    ['alter table public.member drop column name', 'HF003'],
    ['alter table public.member disable trigger all', 'HF003'],
    ['alter table public.part detach partition public.part_a', 'HF003'],
    ['drop owned by majors_owner cascade', 'HF003'],
  ])('refuse: %s', async (statement, code) => {
    const refused = await refusalOf(sql.unsafe(statement))
    expect(refused).toMatchObject({ code, hint: expect.any(String) })
    expect(await target.verify()).toMatchObject({ installed: true })
  })

  it('keep who tried what although the transaction aborted', async () => {
    const before = await sql`select from holdfast.refused_attempts where table_name = 'public.merged'`
    await refusalOf(sql`delete from public.merged`)
    const after = await sql`
      select rows, role_name, statement from holdfast.refused_attempts where table_name = 'public.merged'`
    expect(after).toHaveLength(before.length + 1)
    expect(after.at(-1)).toMatchObject({
      rows: '100',
      role_name: 'holdfast',
      statement: expect.stringContaining('delete from public.merged'),
    })
  })

  if (major >= 15)
    it('count rows that MERGE deletes', async () => {
      const merge = (to: number) =>
        sql.unsafe(`
        merge into public.merged m using generate_series(1, ${to}) as s (id) on m.id = s.id
        when matched then delete`)
      expect((await refusalOf(merge(50))).code).toBe('HF001')
      await merge(2)
      const statements = await sql`
      select rows from holdfast.journal_statements where table_name = 'public.merged'`
      expect(statements).toEqual([{ rows: '2' }])
    })

  it('know the share of a partition tree whose parent was never analyzed', async () => {
    const [table] = await sql`select reltuples from pg_class where oid = 'public.share'::regclass`
    expect(table!.reltuples).toBe(-1)
    expect((await refusalOf(sql`delete from public.share where id <= 60`)).code).toBe('HF001')
    await sql`delete from public.share where id <= 10`
    expect(await count('public.share')).toBe(3989)
  })

  it('go and leave nothing: the catalogs are what they were before', async () => {
    expect(await listCatalog(sql)).not.toEqual(before)
    await target.remove()
    expect(await listCatalog(sql)).toEqual(before)
    expect(await target.remove()).toMatchObject({ statements: 0 })
    await sql`delete from public.member`
  })
})
