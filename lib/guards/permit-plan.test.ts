import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { permits } from '#drizzle/schema/permits.ts'
import { unwrap } from '#lib/errors.ts'
import { listPermits } from '#lib/guards/permit-queries.ts'
import { requestPermit } from '#lib/guards/request-permit.ts'
import { requestPermitWithdrawal } from '#lib/guards/request-permit-withdrawal.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'
import { refusalOf } from '#lib/testing/guarded-target.ts'
import { createPermitStage, type PermitStage } from '#lib/testing/permit-stage.ts'

const script = `
  create schema app;
  create type app.mood as enum ('good', 'bad');
  create domain app.small as int check (value < 1000);
  create function app.spy(int) returns boolean language plpgsql immutable as $$ begin raise 'spied'; end $$;
  create function app.same(text, int) returns boolean language sql immutable as 'select true';
  create operator app.=== (function = app.same, leftarg = text, rightarg = int);
  create table app.visit (id int primary key, at timestamptz not null, mood app.mood, size app.small, note text, data jsonb);
  insert into app.visit select i, timestamptz '2026-01-01' + i * interval '1 day', 'good', i, 'n' || i, '{"a": 1}'
  from generate_series(1, 100) i;
  create table app.other (id int primary key);
  grant usage on schema app to permit_reader;
  grant select, delete on app.visit to permit_reader;
`

describe('asking for a deletion permit', () => {
  let stage: PermitStage
  let server: postgres.Sql
  beforeAll(async () => {
    server = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
    await server.unsafe(
      `do $$ begin create role permit_reader login password 'permit_reader'; exception when duplicate_object then null; end $$`,
    )
    stage = await createPermitStage(script, {
      budget: { statementRows: 5, transactionRows: 10, windowRows: 100 },
      protectedTables: [{ table: 'app.visit' }],
    })
    await stage.install()
  })
  afterAll(() => server.end())

  const ask = (request: Record<string, unknown> = {}) =>
    stage.request({ table: 'app.visit', role: 'permit_reader', ...request })

  it('says in one sentence who may take what, how many rows match now, and shows some of them', async () => {
    const { summary, status } = await ask({ predicate: 'id <= 7', maxRows: 20 })
    expect(status).toBe('awaiting-approval')
    expect(summary!.sentence).toContain(
      'Lets permit_reader delete up to 20 rows of app.visit in ' + stage.name + ', where id <= 7',
    )
    expect(summary!.sentence).toContain('7 rows match now.')
    expect(summary!.tables[0]!.samples).toHaveLength(5)
    expect(summary!.warnings).toEqual([])
  })

  it.each([
    "at < '2026-02-01' and mood = 'bad'",
    "mood in ('good', 'bad') and size > 3",
    "note like 'n%' and note::text <> 'x' and at < timestamptz '2026-03-01 00:00:00+00'",
    "data ->> 'a' = '1' and abs(id) > 3",
  ])('takes the predicate %s', async (predicate) => {
    expect(await ask({ predicate })).toMatchObject({ status: 'awaiting-approval', error: null })
  })

  it.each([
    ['at < now()', 'IMMUTABLE'],
    ['app.spy(id)', 'function app.spy'],
    ['note operator(app.===) 3', 'operator app.==='],
    ['id = 3::app.small', 'type app.small'],
    ['id in (select 1)', 'SubLink'],
    ['true) or (true', 'parse'],
    ['id = 1; drop table app.other', 'parse'],
    ['id = 1 -- and nothing else', 'parse'],
    ['nothing = 1', 'does not exist'],
    ['count(*) > 1', 'aggregate'],
    ['pg_sleep(1) is null', 'IMMUTABLE'],
    ['id + 1', 'boolean'],
  ])('refuses the predicate %s', async (predicate, why) => {
    const { status, error } = await ask({ predicate })
    expect(status).toBe('failed')
    expect(error).toMatchObject({ code: 'permit-expression' })
    expect(error!.message.toLowerCase()).toContain(why.toLowerCase())
  })

  it('names each type of a predicate in pg_catalog, so that no session can put its own before it', async () => {
    const { statement } = await stage.permit({
      table: 'app.visit',
      role: 'permit_reader',
      predicate: "note = 'n1'::text",
    })
    const session = stage.session('permit_reader')
    await server.unsafe(
      `grant temporary on database ${new URL(stage.url).pathname.slice(1)} to permit_reader`,
    )
    await session.begin(async (sql) => {
      await sql.unsafe(
        `create domain pg_temp.text as pg_catalog.text check (1 / (case when value = 'n1' then 0 else 1 end) = 1)`,
      )
      await sql.unsafe(statement)
      await sql.unsafe(`delete from app.visit where id = 1`)
    })
    await session.end()
  })

  it('refuses what nobody needs a permit for, a role that is not there, and a table without a guard', async () => {
    expect(await ask({ table: 'app.other' })).toMatchObject({ error: { code: 'no-budget' } })
    expect(await ask({ act: 'update' })).toMatchObject({ error: { code: 'no-budget' } })
    expect(await ask({ role: 'nobody_at_all' })).toMatchObject({ error: { code: 'role-not-found' } })
  })

  it('warns of a role that has no right, and of more matches than rows', async () => {
    await server.unsafe('select 1')
    await stage.sql`revoke delete on app.visit from permit_reader`
    const { summary } = await ask({ predicate: 'id > 50', maxRows: 3 })
    expect(summary!.warnings).toHaveLength(2)
    await stage.sql`grant delete on app.visit to permit_reader`
  })

  it('refuses a viewer', async () => {
    const viewer = await stage.person('viewer')
    const request = { table: 'app.visit', maxRows: 1, minutes: 1 }
    const asked = await requestPermit(viewer, { targetId: stage.targetId, reason: 'because I want', request })
    expect(asked).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    const { id } = await stage.permit({ table: 'app.visit', role: 'permit_reader' })
    const withdrawn = await requestPermitWithdrawal(viewer, { permitId: id })
    expect(withdrawn).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })

  describe('what became of it', () => {
    const stateOf = async (id: string) => {
      await watchPermits(stage.store.ctx, stage.targetId)
      return (await listPermits(stage.store.db, stage.targetId, stage.store.ctx.actor)).find(
        (permit) => permit.id === id,
      )
    }
    const rightsOf = async (role: string) =>
      (
        await stage.sql`select has_schema_privilege(${role}, 'holdfast', 'usage') as usage,
          has_function_privilege(${role}, 'holdfast.use_permit(text)', 'execute') as execute`
      )[0]

    it('used: by whom, when, with how many rows; its secret is forgotten and its role’s rights go', async () => {
      await stage.sql`update holdfast.permits set expires_at = now() where kind = 'deletion' and transaction_id is null`
      const { id, statement } = await stage.permit({ table: 'app.visit', role: 'permit_reader' })
      expect(await rightsOf('permit_reader')).toEqual({ usage: true, execute: true })
      const session = stage.session('permit_reader')
      await session.begin(async (sql) => {
        await sql.unsafe(statement)
        await sql`delete from app.visit where id in (21, 22, 23, 24, 25, 26)`
      })
      await session.end()
      const state = await stateOf(id)
      expect(state).toMatchObject({ state: 'used', usedRows: 6, statement: null })
      expect(state!.usedBy).toContain('permit_reader')
      expect(state!.usedAt).toBeInstanceOf(Date)
      const secrets = await stage.store.db.select({ secret: permits.secret }).from(permits)
      expect(secrets.filter(({ secret }) => secret !== null)).toEqual([])
      expect(await rightsOf('permit_reader')).toEqual({ usage: false, execute: false })
    })

    it('expired unused: once, as an event; not while a transaction still has it open', async () => {
      const { id, statement } = await stage.permit({ table: 'app.visit', role: 'permit_reader' })
      await stage.sql`update holdfast.permits set expires_at = clock_timestamp() + interval '400 ms' where id = ${id}`
      const session = stage.session('permit_reader')
      await session
        .begin(async (sql) => {
          await sql.unsafe(statement)
          await sql`select pg_sleep(0.5)`
          expect((await stateOf(id))!.state).toBe('open')
          throw new Error('back')
        })
        .catch((error: Error) => expect(error.message).toBe('back'))
      await session.end()
      expect((await stateOf(id))!.state).toBe('expired')
      await watchPermits(stage.store.ctx, stage.targetId)
      const events = await stage.store.db.select().from(guardEvents)
      expect(events.filter(({ detail }) => (detail as { permitId?: string }).permitId === id)).toMatchObject([
        { kind: 'expired', tableName: 'app.visit' },
      ])
    })

    it('withdrawn: nobody can open it any more', async () => {
      const { id, statement } = await stage.permit({ table: 'app.visit', role: 'permit_reader' })
      const admin = await stage.person('admin')
      const { jobRunId } = unwrap(await requestPermitWithdrawal(admin, { permitId: id }))
      expect((await stage.work(jobRunId)).status).toBe('succeeded')
      expect(await stateOf(id)).toMatchObject({ state: 'withdrawn', statement: null })
      const session = stage.session('permit_reader')
      // Its right to call the function went with the permit.
      expect((await refusalOf(session.unsafe(statement))).code).toBe('42501')
      await session.end()
      expect((await refusalOf(stage.sql.unsafe(statement))).code).toBe('HF005')
      const again = unwrap(await requestPermitWithdrawal(admin, { permitId: id }))
      expect((await stage.work(again.jobRunId)).status).toBe('succeeded')
    })
  })
})
