import postgres from 'postgres'
import { beforeAll, describe, expect, it } from 'vitest'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { createGuardedTarget, type GuardedTarget, refusalOf } from '#lib/testing/guarded-target.ts'

const script = `
  create table public.account (id int primary key, is_active boolean not null default true, place json, note text);
  insert into public.account select i, true, '{"n": 1}', 'n' || i from generate_series(1, 500) i;
  create table public.split (id int, kind int, is_active boolean default true) partition by list (kind);
  create table public.split_a partition of public.split for values in (1);
  create table public.split_b partition of public.split for values in (2);
  insert into public.split select i, 1 + i % 2, true from generate_series(1, 200) i;
  create table public.large (id int primary key);
  insert into public.large select generate_series(1, 4000);
  analyze public.large;
  create table public.half (id int primary key);
  insert into public.half select generate_series(1, 2000);
  analyze public.half;
  create table public.log (id int primary key);
  insert into public.log select generate_series(1, 1000);
  create table public.parent (id int primary key);
  create table public.heir (extra text) inherits (public.parent);
  insert into public.heir select i, 'x' from generate_series(1, 100) i;
  create table public.counting (id int primary key);
  insert into public.counting select generate_series(1, 100);
  create domain public.short_text as text;
  create table public.typed (id int primary key, word public.short_text, at point);
  insert into public.typed select i, 'w' || i, point(i, i) from generate_series(1, 50) i;
`
const narrow = { statementRows: 10, transactionRows: 15, windowRows: 100_000 }

describe.each(['short', 'long'])('budgets beyond deletes by everybody, by the %s way', (way) => {
  let target: GuardedTarget
  let sql: postgres.Sql
  beforeAll(async () => {
    target = await createGuardedTarget(script, {
      budget: narrow,
      protectedTables: [
        {
          table: 'public.account',
          journal: 'overwritten',
          updates: { columns: ['is_active', 'place'], budget: { windowRows: 30 } },
        },
        { table: 'public.split', updates: { columns: ['is_active'] } },
        {
          table: 'public.large',
          budget: {
            statementRows: 1000,
            transactionRows: 1000,
            statementPercent: 1,
            transactionPercent: 1.5,
          },
        },
        {
          table: 'public.half',
          budget: { statementRows: 10_000, transactionRows: 10_000, transactionPercent: 50 },
        },
        {
          table: 'public.log',
          roles: { guard_test_purge: { statementRows: 100, transactionRows: 200, windowRows: 300 } },
        },
        { table: 'public.parent' },
        { table: 'public.counting', journal: 'none' },
        { table: 'public.typed' },
      ],
    })
    sql = target.sql
    await sql.unsafe(`do $$ begin
      if not exists (select from pg_roles where rolname = 'guard_test_purge') then create role guard_test_purge; end if; end $$;
      grant select, delete on public.log to guard_test_purge`)
    expect(await target.install()).toMatchObject({ installed: true })
    if (way === 'short') await target.letSettle()
    return () => sql`drop owned by guard_test_purge`
  })
  const count = async (table: string): Promise<number> =>
    Number((await sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)
  const journalOf = async (table: string): Promise<string> =>
    (await sql`select journal::text from holdfast.guarded_tables where relation = ${table}::regclass`)[0]!
      .journal
  const age = (table: string, minutes: number) =>
    sql.unsafe(`update holdfast.journal_statements set changed_at = changed_at - interval '${minutes} minutes'
      where counts_as = '${table}'::regclass`)

  it('refuses a mass change of a named column and keeps every value', async () => {
    const refused = await refusalOf(sql`update public.account set is_active = false`)
    expect(refused).toMatchObject({
      code: 'HF001',
      message: 'Holdfast: overwriting 500 rows of public.account is refused: one statement may update 10',
    })
    expect(await count('public.account where is_active')).toBe(500)
  })

  it('lets any update of other columns pass, uncounted', async () => {
    await sql`update public.account set note = 'new', is_active = true, place = place`
    expect(await count(`public.account where note = 'new'`)).toBe(500)
    expect(
      await sql`select from holdfast.journal_statements where table_name = 'public.account'`,
    ).toHaveLength(0)
  })

  it('counts only the rows whose named columns changed, and keeps their old images', async () => {
    await sql`update public.account set is_active = (id > 3), note = 'again'`
    const [statement] =
      await sql`select * from holdfast.journal_statements where table_name = 'public.account'`
    expect(statement).toMatchObject({ act: 'update', rows: '3' })
    expect(
      await sql.unsafe(`select id, is_active, note from ${await journalOf('public.account')} order by id`),
    ).toEqual([1, 2, 3].map((id) => ({ id, is_active: true, note: 'new' })))
  })

  it('counts changes of a type without equality, of INSERT … ON CONFLICT and of a changed key', async () => {
    expect((await refusalOf(sql`update public.account set place = '{"n": 2}'`)).code).toBe('HF001')
    const refused = await refusalOf(
      sql`insert into public.account select i, false, null from generate_series(1, 400) i
        on conflict (id) do update set is_active = excluded.is_active`,
    )
    // Three of them are inactive already.
    expect(refused.message).toContain('overwriting 397 rows')
    expect(
      (await refusalOf(sql`update public.account set id = id + 1000, is_active = not is_active`)).code,
    ).toBe('HF001')
    expect(await count('public.account where is_active and id <= 500')).toBe(497)
  })

  it('has a window of its own for updates', async () => {
    const flip = (from: number) =>
      sql`update public.account set is_active = not is_active where id between ${from} and ${from + 8}`
    for (const from of [100, 110, 120]) await flip(from)
    expect((await refusalOf(flip(130))).message).toContain('all together may update 30 in 60 minutes')
    await sql`delete from public.account where id between 200 and 208`
    await age('public.account', 61)
    await flip(130)
    expect(await count('public.account where not is_active')).toBe(3 + 4 * 9)
  })

  it('counts updates through partitions and rows that move between them', async () => {
    expect((await refusalOf(sql`update public.split_a set is_active = false`)).code).toBe('HF001')
    expect(
      (await refusalOf(sql`update public.split set is_active = false, kind = 3 - kind`)).message,
    ).toContain('200 rows')
    await sql`update public.split set is_active = false, kind = 3 - kind where id <= 4`
    const statements =
      await sql`select rows from holdfast.journal_statements where table_name = 'public.split'`
    expect(statements).toEqual([{ rows: '4' }])
  })

  it('measures shares of the table by the planner’s estimate', async () => {
    expect((await refusalOf(sql`delete from public.large where id <= 41`)).message).toContain(
      'one statement may delete 40',
    )
    const refused = await refusalOf(
      sql.begin(async (transaction) => {
        await transaction`delete from public.large where id <= 40`
        await transaction`delete from public.large where id <= 61`
      }),
    )
    expect(refused.message).toContain('with 40 before it, one transaction may delete 60')
    await sql`delete from public.large where id <= 40`
  })

  it('measures a share of what was there before, not of what is left', async () => {
    expect((await refusalOf(sql`delete from public.half where id <= 1001`)).message).toContain(
      'one transaction may delete 1000',
    )
    await sql`delete from public.half where id <= 1000`
    expect(await count('public.half')).toBe(1000)
  })

  it('gives a role its standing allowance with a ceiling, and nobody else', async () => {
    expect((await refusalOf(sql`delete from public.log where id <= 100`)).code).toBe('HF001')
    const purge = (from: number) =>
      sql.begin(async (transaction) => {
        await transaction.unsafe('set local role guard_test_purge')
        await transaction`delete from public.log where id between ${from} and ${from + 99}`
      })
    await purge(1)
    await purge(101)
    await purge(201)
    const refused = await refusalOf(purge(301))
    expect(refused.message).toContain('of role guard_test_purge with 300 before it')
    expect(await count('public.log')).toBe(700)
    // The purge has not used up the others' window.
    await sql`delete from public.log where id between 301 and 305`
    await age('public.log', 61)
    await purge(401)
  })

  it('lets the window slide: what is older than it does not count', async () => {
    const budget = () =>
      sql`select statement_rows from holdfast.budgets where counts_as = 'public.log'::regclass`
    expect(await budget()).toHaveLength(2)
    const [before] = await sql`select sum(rows) as rows from holdfast.journal_statements
      where counts_as = 'public.log'::regclass and budget_role = 'guard_test_purge' and changed_at > now() - interval '1 hour'`
    expect(before!.rows).toBe('100')
  })

  it('does not count what was rolled back', async () => {
    for (let round = 0; round < 5; round++) {
      await sql
        .begin(async (transaction) => {
          await transaction.unsafe('set local role guard_test_purge')
          await transaction`delete from public.log where id between 600 and 680`
          throw new Error('changed my mind')
        })
        .catch(() => {})
    }
    await sql.begin(async (transaction) => {
      await transaction.unsafe('set local role guard_test_purge')
      await transaction`delete from public.log where id between 600 and 680`
    })
    expect(await count('public.log where id between 600 and 680')).toBe(0)
  })

  it('does not count the transactions of a busy session as one', async () => {
    const session = postgres(target.url, { max: 1, onnotice: () => {} })
    for (let id = 1; id <= 60; id++) await session`delete from public.account where id = ${id + 300}`
    await session.end()
    expect(await count('public.account where id between 301 and 360')).toBe(0)
  })

  it('counts a delete from a parent that empties its heirs, and from an heir', async () => {
    expect((await refusalOf(sql`delete from public.parent`)).message).toContain(
      'deleting 100 rows of public.parent',
    )
    expect((await refusalOf(sql`delete from public.heir`)).code).toBe('HF001')
    await sql`delete from public.heir where id = 1`
    expect(await sql.unsafe(`select id from ${await journalOf('public.parent')}`)).toEqual([{ id: 1 }])
  })

  it('counts without keeping images where the policy says so, but keeps those of an approved operation', async () => {
    await sql`delete from public.counting where id <= 5`
    expect(await count(await journalOf('public.counting'))).toBe(0)
    expect((await refusalOf(sql`delete from public.counting`)).code).toBe('HF001')
    await sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('operation-2')`
      await transaction`delete from public.counting where id <= 50`
    })
    expect(await count(await journalOf('public.counting'))).toBe(45)
  })

  it('never lets its journal fail a delete: the images are missing, and that is said', async () => {
    const journal = await journalOf('public.typed')
    await sql.begin(async (transaction) => {
      await transaction`select holdfast.open_permit('test')`
      await transaction.unsafe(`alter table public.typed rename column word to term`)
    })
    await sql`delete from public.typed where id = 1`
    expect(await count('public.typed')).toBe(49)
    const [statement] =
      await sql`select journal_problem from holdfast.journal_statements where table_name = 'public.typed'`
    expect(statement!.journal_problem).toContain('word')
    expect((await target.verify()).installed).toBe(false)
    await target.install()
    await sql`delete from public.typed where id = 2`
    expect(await sql.unsafe(`select term from ${journal}`)).toEqual([{ term: 'w2' }])
  })

  it('begins a new period of its journals without a gap, a lock on the tables or an alarm', async () => {
    const { ctx } = target.store
    const before = await count('holdfast.journal_statements')
    const blocker = await sql.reserve()
    await blocker`begin`
    await blocker`select from public.account where id = 400 for update`
    const { began } = await keepJournals(ctx, target.targetId, new Date(Date.now() + 8 * 86_400_000))
    await blocker`rollback`
    blocker.release()
    expect(began).not.toBeNull()
    expect(await target.verify()).toMatchObject({ installed: true, statements: [] })
    await sql`delete from public.account where id = 400`
    expect(await count((await journalOf('public.account')).replace('journal_', `j${began}_`))).toBe(1)
    expect(await count('holdfast.journal_statements')).toBe(before + 1)
  })
})
