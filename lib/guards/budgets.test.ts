import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { pauseGuards } from '#lib/guards/pause-guards.ts'
import { cleanUp } from '#lib/testing/clean-up.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.member (id int primary key, name text not null, born date, tags text[], extra jsonb, doubled int generated always as (id * 2) stored);
  insert into public.member select i, 'm' || i, date '2000-01-01' + i, array['a', null, i::text], jsonb_build_object('n', i) from generate_series(1, 1000) i;
  create table public.parent (id int primary key);
  create table public.child (id int primary key, parent_id int not null references public.parent on delete cascade);
  insert into public.parent select generate_series(1, 20);
  insert into public.child select i, 1 + i % 20 from generate_series(1, 200) i;
  create table public."bazaar-vid_user" (id int primary key, "naïve 名" text);
  insert into public."bazaar-vid_user" select i, 'o''k' from generate_series(1, 50) i;
  create table public.part (id int, day int) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  create table public.part_b partition of public.part for values from (10) to (20);
  insert into public.part select i, i % 20 from generate_series(1, 100) i;
  create table public.windowed (id int primary key);
  insert into public.windowed select generate_series(1, 500);
  create table public.lenient (id int primary key);
  insert into public.lenient select generate_series(1, 100);
`
const narrow = { statementRows: 10, transactionRows: 15, windowRows: 100_000 }

describe.each(['short', 'long'])('deletion budgets, by the %s way', (way) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget: { ...narrow, windowMinutes: 60 },
      protectedTables: [
        { table: 'public.member' },
        { table: 'public.child' },
        { table: 'public."bazaar-vid_user"' },
        { table: 'public.part' },
        { table: 'public.windowed', budget: { windowRows: 40 } },
        { table: 'public.lenient', mode: 'warn' },
      ],
    })
    sql = target.sql
    expect(await target.install()).toMatchObject({ installed: true })
    if (way === 'short') await target.letSettle()
  })
  const count = async (table: string): Promise<number> =>
    Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)

  it('refuses a delete over the statement budget, deletes nothing and says who tried what', async () => {
    const refused = await refusalOf(sql`delete from public.member`)
    expect(refused).toMatchObject({
      code: 'HF001',
      message: 'Holdfast: deleting 1000 rows of public.member is refused: one statement may delete 10',
    })
    expect(refused.hint).toContain('WHERE')
    expect(await count('public.member')).toBe(1000)
  })

  it('lets a small delete pass and keeps an equal image of each row', async () => {
    const before = await sql`select to_jsonb(m) as image from public.member m where id <= 3 order by id`
    await sql`delete from public.member where id <= 3`
    const [guarded] = await sql`
      select journal::text as journal from holdfast.guarded_tables where relation = 'public.member'::regclass`
    const after = await sql.unsafe(`
      select to_jsonb(j) - 'holdfast_statement_id' - 'holdfast_changed_at' as image
      from ${guarded!.journal} j order by id`)
    expect(after).toEqual(before)
    const [statement] = await sql`
      select * from holdfast.journal_statements where table_name = 'public.member'`
    expect(statement).toMatchObject({ rows: '3', role_name: 'holdfast', journal_problem: null })
    expect(statement!.statement).toContain('delete from public.member where id <= 3')
  })

  it('refuses a loop of single deletes at the transaction budget, however it is nested', async () => {
    const before = await count('public.member')
    const refused = await refusalOf(
      sql.unsafe(`do $$ declare i int; begin
        for i in 100..200 loop
          begin delete from public.member where id = i; exception when division_by_zero then null; end;
        end loop;
      end $$`),
    )
    expect(refused.message).toContain('with 15 before it, one transaction may delete 15')
    expect(await count('public.member')).toBe(before)
  })

  it('gives a rolled back savepoint its rows back', async () => {
    await sql.begin(async (transaction) => {
      for (let round = 0; round < 4; round++) {
        await transaction
          .savepoint(async (savepoint) => {
            await savepoint`delete from public.member where id between 300 and 309`
            throw new Error('changed my mind')
          })
          .catch(() => {})
      }
      await transaction`delete from public.member where id between 300 and 309`
    })
    expect(await count('public.member where id between 300 and 309')).toBe(0)
  })

  it('counts both deletes of one statement with a CTE', async () => {
    const refused = await refusalOf(sql`
      with a as (delete from public.member where id between 400 and 407 returning 1)
      delete from public.member where id between 408 and 415`)
    expect(refused.code).toBe('HF001')
    expect(await count('public.member where id between 400 and 415')).toBe(16)
  })

  it('counts rows that go by a foreign key cascade', async () => {
    // Every parent has ten children: two of them are more than the fifteen of a transaction.
    expect((await refusalOf(sql`delete from public.parent where id in (1, 2)`)).message).toContain(
      'of public.child is refused',
    )
    expect(await count('public.child')).toBe(200)
    await sql`delete from public.parent where id = 1`
    expect(await count('public.child')).toBe(190)
  })

  it('counts deletes through partitions and through their parent as one table', async () => {
    const refused = await refusalOf(
      sql.begin(async (transaction) => {
        await transaction`delete from public.part_a where id <= 20`
        await transaction`delete from public.part where id between 31 and 38`
      }),
    )
    expect(refused.message).toContain('public.part')
    expect(await count('public.part')).toBe(100)
    expect((await refusalOf(sql`delete from public.part_b`)).code).toBe('HF001')
  })

  it('guards a table whose names need quotes', async () => {
    expect((await refusalOf(sql`delete from public."bazaar-vid_user"`)).message).toContain(
      'public."bazaar-vid_user"',
    )
    await sql`delete from public."bazaar-vid_user" where id = 1`
    const [guarded] = await sql`
      select journal::text as journal from holdfast.guarded_tables where table_name = 'public."bazaar-vid_user"'`
    const [image] = await sql.unsafe(`select "naïve 名" as value from ${guarded!.journal}`)
    expect(image!.value).toBe("o'k")
  })

  it('never lets concurrent clients together past the window', async () => {
    const clients = Array.from({ length: 8 }, () => postgres(target.url, { max: 1, onnotice: () => {} }))
    try {
      const deleteSome = async (client: postgres.Sql, from: number) => {
        for (let id = from; id < from + 20; id++) {
          try {
            await client.begin(async (transaction) => {
              await transaction`delete from public.windowed where id = ${id}`
              await transaction`delete from public.windowed where id = ${id + 250}`
            })
          } catch (error) {
            expect((error as { code: string }).code).toBe('HF001')
          }
        }
      }
      await Promise.all(clients.map((client, index) => deleteSome(client, index * 20 + 1)))
    } finally {
      await Promise.all(clients.map((client) => client.end()))
    }
    const left = await count('public.windowed')
    expect(left).toBeGreaterThanOrEqual(460)
    // Beside unfinished transactions what was rolled back counts, too. Alone it does not: the rest of the window is free.
    for (let room = left - 460; room > 0; room--)
      await sql`delete from public.windowed where id = (select max(id) from public.windowed)`
    expect(await count('public.windowed')).toBe(460)
    expect(
      (await refusalOf(sql`delete from public.windowed where id = (select max(id) from public.windowed)`))
        .code,
    ).toBe('HF001')
  })

  it('only warns where the policy says so, and journals all the same', async () => {
    await sql`delete from public.lenient`
    expect(await count('public.lenient')).toBe(0)
    const [statement] = await sql`
      select rows, exceeded from holdfast.journal_statements where table_name = 'public.lenient'`
    expect(statement).toEqual({ rows: '100', exceeded: 'statement' })
  })

  it('lets an approved operation pass in its own transaction only, journaled', async () => {
    await sql.begin(async (transaction) => {
      await pauseGuards(transaction, 'operation-1')
      await transaction`delete from public.member where id between 500 and 600`
    })
    expect(await count('public.member where id between 500 and 600')).toBe(0)
    expect(
      await sql`select rows from holdfast.journal_statements where operation_id = 'operation-1'`,
    ).toEqual([{ rows: '101' }])
    expect((await refusalOf(sql`delete from public.member where id between 700 and 800`)).code).toBe('HF001')
  })

  describe('for a role without rights on the guard', () => {
    let app: postgres.Sql
    beforeAll(async () => {
      await sql.unsafe(`do $$ begin
        if not exists (select from pg_roles where rolname = 'guard_test_app') then
          create role guard_test_app login password 'secret-of-the-test';
        end if; end $$;
        -- As a monitoring role it may look into the schema, so that every other right is refused by itself.
        grant pg_monitor to guard_test_app;
        grant select, delete, truncate on public.member to guard_test_app`)
      const url = new URL(target.url)
      url.username = 'guard_test_app'
      url.password = 'secret-of-the-test'
      app = postgres(url.toString(), { max: 1, onnotice: () => {} })
    })
    cleanUp(async () => {
      await app.end()
      await sql`drop owned by guard_test_app`
    })

    it('counts and journals its deletes', async () => {
      await app`delete from public.member where id = 900`
      expect(
        await sql`select rows from holdfast.journal_statements where role_name = 'guard_test_app'`,
      ).toHaveLength(1)
      expect((await refusalOf(app`delete from public.member`)).detail).toContain('guard_test_app')
    })

    it('lets it neither open a permit nor read or change what the guard keeps', async () => {
      for (const attempt of [
        `select holdfast.open_permit('mine')`,
        `insert into holdfast.permits (kind, operation_id, transaction_id, transaction_started) values ('operation', 'mine', pg_current_xact_id(), now())`,
        `update holdfast.budgets set statement_rows = 1000000`,
        `select * from holdfast.evidence_link`,
        `delete from holdfast.refused_attempts`,
        `select holdfast.count_change('public.member', 'delete', 1, -1000, null, null, null)`,
        `select setval('holdfast.deleted_' || substring(journal::text from 'holdfast.journal_(.*)'), 0) from holdfast.guarded_tables where relation = 'public.member'::regclass`,
      ]) {
        expect(await refusalOf(app.unsafe(attempt)), attempt).toMatchObject({ code: '42501' })
      }
    })
  })
})
