import type postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'
import { postgresqlMajors, startMajorServer } from '#lib/testing/major-servers.ts'

/** What a major brought that could pass a guard or break one. */
const from = (major: number, statement: string): string =>
  `do $$ begin if current_setting('server_version_num')::int >= ${major}0000 then execute $s$${statement}$s$; end if; end $$;`

const script = `
  create table public.merged (id int primary key, active boolean not null default true);
  insert into public.merged select generate_series(1, 100);
  create table public.part (id int, day int) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  create table public.part_b partition of public.part for values from (10) to (20);
  insert into public.part select i, i % 10 from generate_series(1, 100) i;
  create table public.computed (id int primary key, name text not null);
  ${from(
    18,
    `drop table public.computed; create table public.computed
    (id int primary key, name text not null, shout text generated always as (upper(name)) virtual)`,
  )}
  insert into public.computed select i, 'n' || i from generate_series(1, 100) i;
  create view public.merged_view as select id, active from public.merged;
`
const budget = { statementRows: 10, transactionRows: 15, windowRows: 100_000 }
const policy = {
  budget,
  protectedTables: [
    { table: 'public.merged', updates: { columns: ['active'], budget } },
    { table: 'public.part', updates: { columns: ['day'], budget } },
    { table: 'public.computed', journal: 'overwritten' as const, updates: { columns: ['name'], budget } },
  ],
}

describe.each(postgresqlMajors)('what newer majors can do, on PostgreSQL %i', (major) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, policy, undefined, await startMajorServer(major))
    sql = target.sql
    expect(await target.install()).toMatchObject({ installed: true })
  })
  const codeOf = async (statement: string) => (await refusalOf(sql.unsafe(statement))).code

  it('counts an UPDATE of a budgeted column, also through a view', async () => {
    expect(await codeOf('update public.merged set active = false')).toBe('HF001')
    expect(await codeOf('update public.merged_view set active = false')).toBe('HF001')
    await sql`update public.merged set active = false where id <= 3`
  })

  it('counts an UPDATE that moves rows to another partition', async () => {
    expect(await codeOf('update public.part set day = day + 10')).toBe('HF001')
    expect(await sql`select from public.part_b`).toHaveLength(0)
    await sql`update public.part set day = 15 where id <= 2`
    expect(await sql`select from public.part_b`).toHaveLength(2)
  })

  if (major >= 15)
    it('counts what MERGE deletes and updates', async () => {
      const merge = (rows: number, act: string) =>
        `merge into public.merged m using generate_series(1, ${rows}) as s (id) on m.id = s.id when matched then ${act}`
      expect(await codeOf(merge(60, 'delete'))).toBe('HF001')
      expect(await codeOf(merge(60, 'update set active = not active'))).toBe('HF001')
      await sql.unsafe(merge(2, 'delete'))
    })

  if (major >= 17)
    it('counts rows that MERGE deletes because the source lacks them, also into a view', async () => {
      for (const into of ['public.merged', 'public.merged_view']) {
        const sync = `merge into ${into} m using (values (1)) as s (id) on m.id = s.id
        when not matched by source then delete returning merge_action()`
        expect(await codeOf(sync)).toBe('HF001')
      }
    })

  if (major >= 17)
    it('refuses a change of a generated column’s expression like any rewrite, or leaves the rows alone', async () => {
      const before = await sql`select * from public.computed order by id`
      await sql.unsafe(`alter table public.merged add column twice int generated always as (id * 2) stored`)
      await sql
        .unsafe('alter table public.merged alter column twice set expression as (id * 3)')
        .catch((error: { code: string }) => expect(error.code).toBe('HF003'))
      expect(await sql`select * from public.computed order by id`).toEqual(before)
      expect(await target.install()).toMatchObject({ installed: true })
    })

  it('keeps the rows of a table with generated columns, deleted and overwritten', async () => {
    await sql`delete from public.computed where id <= 2`
    await sql`update public.computed set name = 'other' where id = 3`
    const problems = await sql`
      select journal_problem, rows from holdfast.journal_statements where table_name = 'public.computed' order by id`
    expect(problems).toEqual([
      { journal_problem: null, rows: '2' },
      { journal_problem: null, rows: '1' },
    ])
    const [guarded] = await sql`
      select journal::text as journal from holdfast.guarded_tables where table_name = 'public.computed'`
    const images = await sql.unsafe(`select id, name from ${guarded!.journal} order by id`)
    expect(images).toEqual([
      { id: 1, name: 'n1' },
      { id: 2, name: 'n2' },
      { id: 3, name: 'n3' },
    ])
  })

  if (major >= 17)
    it('finds a database whose sessions start without event triggers', async () => {
      const [{ name }] = await sql<[{ name: string }]>`select current_database() as name`
      await sql.unsafe(`alter database ${name} set event_triggers = off`)
      const found = await target.verify()
      await sql.unsafe(`alter database ${name} reset event_triggers`)
      expect(found.installed).toBe(false)
      expect(await target.verify()).toMatchObject({ installed: true })
    })
})
