import { createHash } from 'node:crypto'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { listPermits } from '#lib/guards/permit-queries.ts'
import { refusalOf } from '#lib/testing/guarded-target.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

const script = `
  create table public.visit (id int primary key, day date not null, kind text not null, note text);
  insert into public.visit select i, date '2026-01-01' + i % 100, case when i % 2 = 0 then 'a' else 'b' end, 'n' || i
  from generate_series(1, 2000) i;
  create table public.sale (id int primary key, is_active boolean not null default true);
  insert into public.sale select generate_series(1, 500);
  create table public.part (id int, day int) partition by range (day);
  create table public.part_a partition of public.part for values from (0) to (10);
  create table public.part_b partition of public.part for values from (10) to (20);
  insert into public.part select i, i % 20 from generate_series(1, 400) i;
  grant select, insert, update, delete on all tables in schema public to permit_cleaner, permit_stranger;
`
const roles = ['permit_cleaner', 'permit_stranger', 'permit_purge']

describe('a deletion permit', () => {
  let stage: PermitStage
  let cleaner: postgres.Sql
  let stranger: postgres.Sql
  let server: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    for (const role of roles) {
      await server.unsafe(
        `do $$ begin create role ${role} login password '${role}'; exception when duplicate_object then null; end $$`,
      )
    }
    stage = await createPermitStage(script, {
      budget: { statementRows: 5, transactionRows: 10, windowRows: 100_000, windowMinutes: 60 },
      protectedTables: [
        { table: 'public.visit', journal: 'none' },
        { table: 'public.sale', updates: { columns: ['is_active'] } },
        { table: 'public.part' },
      ],
    })
    expect(await stage.install()).toMatchObject({ installed: true })
    cleaner = stage.session('permit_cleaner')
    stranger = stage.session('permit_stranger')
  })
  afterAll(async () => {
    await cleaner.end()
    await stranger.end()
    await server.end()
  })

  const visitPermit = (request: Record<string, unknown> = {}) =>
    stage.permit({ table: 'public.visit', role: 'permit_cleaner', ...request })
  const count = async (table: string): Promise<number> =>
    Number((await stage.sql.unsafe(`select count(*) as n from ${table}`))[0]!.n)
  const under = (session: postgres.Sql, statement: string, work: string): Promise<unknown> =>
    session.begin(async (sql) => {
      await sql.unsafe(statement)
      return sql.unsafe(work)
    })
  const nextIds = async (n: number): Promise<number[]> =>
    (await stage.sql`select id from public.visit order by id limit ${n}`).map((row) => row.id as number)
  const deleteNext = async (n: number): Promise<string> =>
    `delete from public.visit where id in (${(await nextIds(n)).join(',')})`

  it('lets its role delete beyond the budget once, journaled although the table’s mode is none', async () => {
    const { id, statement } = await visitPermit({ maxRows: 20 })
    const before = await count('public.visit')
    const [sentence] = await cleaner.begin(async (sql) => {
      const [row] = await sql.unsafe(statement)
      await sql.unsafe(await deleteNext(20))
      return [row]
    })
    expect(Object.values(sentence!)[0]).toContain('may delete up to 20 rows of public.visit')
    expect(await count('public.visit')).toBe(before - 20)
    const journaled = await stage.sql`
      select s.rows, s.role_name from holdfast.journal_statements s where s.permit_id = ${id}`
    expect(journaled).toMatchObject([{ rows: '20', role_name: 'permit_cleaner' }])
    const [journal] = await stage.sql`
      select g.journal::text as name from holdfast.guarded_tables g where g.relation = 'public.visit'::regclass`
    expect(await count(journal!.name as string)).toBe(20)
    expect((await refusalOf(cleaner.unsafe(await deleteNext(20)))).code).toBe('HF001')
  })

  it('cannot be used again, whether its transaction is over or still open', async () => {
    const { statement } = await visitPermit()
    await cleaner.begin(async (sql) => {
      await sql.unsafe(statement)
      await sql.unsafe(statement)
      const other = stage.session('permit_cleaner')
      expect((await refusalOf(other.unsafe(statement))).code).toBe('HF005')
      await other.end()
      await sql.unsafe(await deleteNext(6))
    })
    expect((await refusalOf(cleaner.unsafe(statement))).code).toBe('HF005')
  })

  it('is given back by a transaction that is rolled back', async () => {
    const { statement } = await visitPermit()
    await cleaner
      .begin(async (sql) => {
        await sql.unsafe(statement)
        throw new Error('changed my mind')
      })
      .catch(() => {})
    await under(cleaner, statement, await deleteNext(10))
  })

  it('lets one of 20 sessions with its secret through', async () => {
    const { statement } = await visitPermit()
    const before = await count('public.visit')
    const work = await deleteNext(10)
    const sessions = Array.from({ length: 20 }, () => stage.session('permit_cleaner'))
    const outcomes = await Promise.allSettled(sessions.map((session) => under(session, statement, work)))
    await Promise.all(sessions.map((session) => session.end()))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
    expect(new Set(codes)).toEqual(new Set(['HF005']))
    expect(await count('public.visit')).toBe(before - 10)
  })

  it('tells a guess, another role, a used and an expired one the same', async () => {
    const used = await visitPermit()
    await under(cleaner, used.statement, await deleteNext(6))
    const expired = await visitPermit()
    await stage.sql`update holdfast.permits set expires_at = now() where id = ${expired.id}`
    const foreign = await visitPermit()
    await visitPermit({ role: 'permit_stranger' })
    const guess = `select holdfast.use_permit('${'A'.repeat(43)}')`
    const told = [
      await refusalOf(cleaner.unsafe(used.statement)),
      await refusalOf(cleaner.unsafe(expired.statement)),
      await refusalOf(cleaner.unsafe(guess)),
    ].map(({ code, message, detail, hint }) => ({ code, message, detail, hint }))
    expect(new Set(told.map((one) => JSON.stringify(one)))).toHaveProperty('size', 1)
    const other = await refusalOf(stranger.unsafe(foreign.statement))
    expect(other).toMatchObject({ code: 'HF005', message: told[0]!.message, hint: told[0]!.hint })
    await under(cleaner, foreign.statement, await deleteNext(6))
    const [evidence] = await stage.sql`
      select count(*)::int as n from holdfast.refused_attempts where exceeded = 'permit' and role_name = 'permit_cleaner'`
    expect(evidence!.n).toBeGreaterThanOrEqual(3)
  })

  it('is for its rows and not one more, across statements and savepoints', async () => {
    const { statement } = await visitPermit({ maxRows: 12 })
    const before = await count('public.visit')
    const ids = await nextIds(14)
    const remove = (some: number[]) => `delete from public.visit where id in (${some.join(',')})`
    await cleaner.begin(async (sql) => {
      await sql.unsafe(statement)
      await sql.unsafe(remove(ids.slice(0, 8)))
      await sql
        .savepoint(async (inner) => {
          await inner.unsafe(remove(ids.slice(8, 12)))
          throw new Error('back')
        })
        .catch(() => {})
      await sql.unsafe(remove(ids.slice(8, 12)))
      const refused = await refusalOf(sql.savepoint((inner) => inner.unsafe(remove(ids.slice(12, 13)))))
      expect(refused).toMatchObject({ code: 'HF005' })
    })
    expect(await count('public.visit')).toBe(before - 12)
  })

  it('is for its table and its act only', async () => {
    const { statement } = await visitPermit()
    expect((await refusalOf(under(cleaner, statement, 'delete from public.sale'))).code).toBe('HF001')
    const sale = { table: 'public.sale', role: 'permit_cleaner', maxRows: 500 }
    const remove = await stage.permit(sale)
    const blank = 'update public.sale set is_active = false'
    expect((await refusalOf(under(cleaner, remove.statement, blank))).code).toBe('HF001')
    const update = await stage.permit({ ...sale, act: 'update' })
    expect((await refusalOf(under(cleaner, update.statement, 'delete from public.sale'))).code).toBe('HF001')
    await under(cleaner, update.statement, blank)
    expect(await count('public.sale where is_active')).toBe(0)
  })

  it('passes no TRUNCATE and no DDL', async () => {
    const { statement } = await stage.permit({ table: 'public.sale', maxRows: 1000 })
    expect((await refusalOf(under(stage.sql, statement, 'truncate public.sale'))).code).toBe('HF002')
    expect((await refusalOf(under(stage.sql, statement, 'drop table public.sale'))).code).toBe('HF003')
  })

  it('refuses a statement that takes a row which its predicate does not hold for', async () => {
    const where = "kind = 'a' and day < '2026-03-01'"
    const { statement } = await visitPermit({ predicate: where, maxRows: 30 })
    const one = `delete from public.visit where id in (select id from public.visit where kind = 'b' limit 1)`
    expect((await refusalOf(under(cleaner, statement, one))).code).toBe('HF005')
    await under(
      cleaner,
      statement,
      `delete from public.visit where id in (select id from public.visit where ${where} limit 30)`,
    )
  })

  it('counts rows that go through partitions and their parent together', async () => {
    const { statement } = await stage.permit({ table: 'public.part', role: 'permit_cleaner', maxRows: 60 })
    const both = 'delete from public.part_a where id <= 40; delete from public.part where day > 15'
    expect((await refusalOf(under(cleaner, statement, both))).code).toBe('HF005')
    await under(
      cleaner,
      statement,
      'delete from public.part_a where id <= 40; delete from public.part where day = 15',
    )
  })

  it('allows no statement that begins after its time', async () => {
    const { id, statement } = await visitPermit()
    const work = await deleteNext(6)
    await stage.sql`update holdfast.permits set expires_at = clock_timestamp() + interval '500 ms' where id = ${id}`
    const late = cleaner.begin(async (sql) => {
      await sql.unsafe(statement)
      await sql`select pg_sleep(0.6)`
      await sql.unsafe(work)
    })
    expect(await refusalOf(late)).toMatchObject({ code: 'HF005' })
  })

  it('leaves in the target a hash only, and its role no right but to open it', async () => {
    const { id, statement } = await visitPermit()
    const secret = /'(.*)'/.exec(statement)![1]!
    expect(secret).toMatch(/^[\w-]{43}$/)
    const [row] = await stage.sql`select secret_hash from holdfast.permits where id = ${id}`
    expect(row!.secret_hash).toEqual(createHash('sha256').update(secret).digest())
    const [markers] = await stage.sql`
      select count(*)::int as n from holdfast.operation_markers where result::text like ${`%${secret}%`}`
    expect(markers!.n).toBe(0)
    const reachable = await stage.sql`
      select p.proname::text as name from pg_proc p where p.pronamespace = 'holdfast'::regnamespace
      and has_function_privilege('permit_cleaner', p.oid, 'execute') and p.proname not like 'dblink%'`
    expect(reachable.map(({ name }) => name)).toEqual(['use_permit'])
    const tables = await stage.sql`
      select c.relname from pg_class c where c.relnamespace = 'holdfast'::regnamespace and c.relkind in ('r', 'p', 'S')
      and case c.relkind when 'S' then has_sequence_privilege('permit_cleaner', c.oid, 'usage, select, update')
        else has_table_privilege('permit_cleaner', c.oid, 'select, insert, update, delete, truncate') end`
    expect(tables).toEqual([])
  })

  it('shows its statement to who asked and who approved, and to no viewer', async () => {
    const [asker, approver, other, viewer] = await Promise.all(
      (['admin', 'commander', 'commander', 'viewer'] as const).map((role) => stage.person(role)),
    )
    const operation = await stage.request({ table: 'public.visit', role: 'permit_cleaner' }, asker)
    expect(operation).toMatchObject({ status: 'awaiting-approval', needsApproval: true })
    await stage.approve(operation, approver)
    const ran = await stage.run({ ...operation, status: 'approved' })
    expect(ran.status).toBe('succeeded')
    expect(JSON.stringify(ran)).not.toMatch(/use_permit\('[\w-]{43}'\)/)
    const seen = await Promise.all(
      [asker!, approver!, other!, viewer!].map(async ({ actor }) => {
        const permits = await listPermits(stage.store.db, stage.targetId, actor)
        return permits.find(({ id }) => id === operation.id)!.statement !== null
      }),
    )
    expect(seen).toEqual([true, true, false, false])
  })
})
