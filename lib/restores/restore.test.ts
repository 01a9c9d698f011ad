import { beforeAll, describe, expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create schema shop;
  create table shop.customers (id int generated always as identity primary key, email text not null unique,
    boss_id int references shop.customers (id), updated_at timestamptz not null default now());
  create table shop."order lines" (customer_id int not null references shop.customers (id), line int not null, amount numeric(10,2),
    doubled numeric generated always as (amount * 2) stored, primary key (customer_id, line));
  create table public.log (text text, at date);
  create table public.unprotected (id serial primary key, customer_id int references shop.customers (id) on delete cascade);
  insert into shop.customers (email, boss_id) select 'c' || n || '@example.com', nullif(n / 10, 0) from generate_series(1, 400) n;
  insert into shop."order lines" select c, l, c + l / 4.0 from generate_series(1, 400) c, generate_series(1, 3) l;
  insert into public.log select 'same', '2026-01-01' from generate_series(1, 5);
  insert into public.unprotected (customer_id) select n from generate_series(1, 400) n`

const protectedTables = ['shop.customers', 'shop."order lines"', 'public.log'].map((table) => ({ table }))

const tableOf = (operation: OperationDetails, name: string) =>
  operation.summary!.tables.find((table) => table.table === name)!

describe('a restore', () => {
  let stage: RestoreStage
  let before: Facts
  let snapshotId: string
  let archiveId: string

  beforeAll(async () => {
    stage = await createRestoreStage(script)
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables },
      }),
    )
    snapshotId = (await stage.take('snapshot')).id
    archiveId = (await stage.take('archive')).id
    before = await stage.facts()
  })

  const { sql } = { sql: () => stage.target.sql }
  const fromSnapshot = (more: Record<string, unknown> = {}) => ({
    source: { kind: 'snapshot', backupId: snapshotId },
    ...more,
  })

  it('refuses a viewer', async () => {
    const viewer = await stage.person('viewer')
    const outcome = await requestRestore(viewer, {
      targetId: stage.target.id,
      reason: 'I would like to',
      request: fromSnapshot(),
    })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })

  it('plans nothing where nothing is missing', async () => {
    const operation = await stage.restore(fromSnapshot())
    expect(operation.summary).toMatchObject({ promisedRows: 0 })
    expect(operation.summary!.sentence).toContain('Nothing to put back')
  })

  it('brings back exactly the deleted rows from a snapshot, in order, with nothing else touched', async () => {
    await sql()`delete from shop."order lines" where customer_id > 300`
    await sql()`delete from public.unprotected where customer_id > 300`
    await sql()`delete from shop.customers where id > 300`
    await sql().unsafe('delete from public.log where ctid in (select ctid from public.log limit 2)')
    const operation = await stage.restore(fromSnapshot())
    expect(operation.status).toBe('awaiting-approval')
    expect(operation.summary!.promisedRows).toBe(100 + 300 + 2)
    expect(tableOf(operation, 'shop."order lines"')).toMatchObject({ missing: 300, changed: 0, extra: 0 })
    expect(tableOf(operation, 'shop.customers').samples[0]).toMatchObject({
      kind: 'missing',
      key: 'id=301',
      backup: { email: 'c301@example.com' },
    })
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    const result = done.result as RestoreResult
    expect(result.writtenRows).toBe(402)
    expect(result.undo!.tables.map((table) => table.madeRows).sort()).toEqual([100, 2, 300])
    // What no backup was asked to bring back is still gone; everything else is as it was, sequences too.
    const left = (await stage.differences(before)).filter(({ subject }) => !subject.includes('unprotected'))
    expect(left).toEqual([])
  })

  it('brings rows back from an archive, also of tables that no snapshot holds', async () => {
    await sql()`delete from shop."order lines" where line = 2`
    const operation = await stage.restore({ source: { kind: 'archive', backupId: archiveId } })
    expect(operation.error).toBeNull()
    expect(operation.summary!.promisedRows).toBe(400 + 100)
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    expect(await stage.differences(before)).toEqual([])
  })

  it('brings the rows along that missing rows refer to, also from tables that were not asked for', async () => {
    await sql()`delete from public.unprotected where customer_id = 399`
    await sql()`delete from shop."order lines" where customer_id = 399`
    await sql()`delete from shop.customers where id = 399`
    const operation = await stage.restore(fromSnapshot({ tables: ['shop."order lines"'] }))
    expect(tableOf(operation, 'shop.customers')).toMatchObject({ missing: 1 })
    expect(tableOf(operation, 'shop.customers').notes.join()).toContain('follow')
    await stage.run(operation)
    await sql()`insert into public.unprotected overriding system value values (399, 399)`
    expect(await stage.differences(before)).toEqual([])
  })

  it('leaves a row alone that a user made again under the same key, and says that it is newer', async () => {
    await sql()`delete from shop."order lines" where customer_id = 77`
    await sql()`delete from public.unprotected where customer_id = 77`
    await sql()`delete from shop.customers where id = 77`
    await sql()`insert into shop.customers overriding system value values (77, 'again@example.com', 1, now())`
    const operation = await stage.restore(fromSnapshot())
    expect(tableOf(operation, 'shop.customers')).toMatchObject({ missing: 0, changed: 1, newer: 1 })
    expect(tableOf(operation, 'shop.customers').samples).toMatchObject([
      { kind: 'newer', live: { email: 'again@example.com' }, backup: { email: 'c77@example.com' } },
    ])
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded' })
    const [row] = await sql()`select email from shop.customers where id = 77`
    expect(row).toEqual({ email: 'again@example.com' })

    const back = await stage.run(await stage.restore(fromSnapshot({ rows: 'changed' })))
    expect(back).toMatchObject({ status: 'succeeded', result: { writtenRows: 1 } })
    await sql()`insert into public.unprotected overriding system value values (77, 77)`
    expect(await stage.differences(before)).toEqual([])
  })

  it('leaves a row out whose unique value another live row has by now, with what refers to it, and says so', async () => {
    await sql()`delete from shop."order lines" where customer_id = 88`
    await sql()`delete from public.unprotected where customer_id = 88`
    await sql()`delete from shop.customers where id = 88`
    const [made] = await sql()`insert into shop.customers (email) values ('c88@example.com') returning id`
    const operation = await stage.restore(fromSnapshot())
    expect(tableOf(operation, 'shop.customers').notes.join()).toContain('the same email')
    expect(tableOf(operation, 'shop."order lines"').notes.join()).toContain('stay out')
    expect(operation.summary!.promisedRows).toBe(0)
    const equal = await stage.run(await stage.restore(fromSnapshot({ rows: 'all' })))
    expect(equal).toMatchObject({ status: 'succeeded', result: { writtenRows: 1 + 3 + 1 } })
    const gone = await sql()`select from shop.customers where id = ${made!.id}`
    expect(gone).toHaveLength(0)
    await sql()`insert into public.unprotected overriding system value values (88, 88)`
    const left = (await stage.differences(before)).filter(({ kind }) => kind !== 'sequence')
    expect(left).toEqual([])
  })

  it('refuses and writes nothing when a row changed between the plan and the run', async () => {
    await sql()`delete from shop."order lines" where customer_id = 5`
    const operation = await stage.restore(fromSnapshot())
    await sql()`delete from shop."order lines" where customer_id = 6 and line = 1`
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    const rows = await sql()`select from shop."order lines" where customer_id in (5, 6)`
    expect(rows).toHaveLength(2)
    await stage.run(await stage.restore(fromSnapshot()))
  })

  it('moves a sequence past what came back, never back', async () => {
    await sql()`delete from public.unprotected where id = 400`
    await sql()`select setval('public.unprotected_id_seq', 10)`
    await stage.run(await stage.restore({ source: { kind: 'archive', backupId: archiveId } }))
    const [row] = await sql()`select last_value::int as at from public.unprotected_id_seq`
    expect(row).toEqual({ at: 400 })
  })

  it('does not restore what another target lost, or from a damaged snapshot', async () => {
    const [schema] =
      await sql()`select nspname from pg_namespace where nspname like 'holdfast_snapshot_%' order by oid limit 1`
    await sql().unsafe(`update ${schema!.nspname}.log set text = 'other'`)
    const operation = await stage.restore(fromSnapshot())
    expect(operation).toMatchObject({ status: 'failed', error: { code: 'snapshot-damaged' } })
    await sql().unsafe(`update ${schema!.nspname}.log set text = 'same'`)
  })

  it('maps columns that were added and dropped since, and refuses where no row could be written', async () => {
    await sql()`delete from shop."order lines" where customer_id = 9`
    await sql()`alter table shop."order lines" add column added text default 'new'`
    await sql()`alter table public.log drop column at`
    const operation = await stage.restore(fromSnapshot())
    expect(tableOf(operation, 'shop."order lines"').notes.join()).toContain('“added” was added since')
    expect(tableOf(operation, 'public.log').notes.join()).toContain('“at” was dropped since')
    expect(await stage.run(operation)).toMatchObject({ status: 'succeeded', result: { writtenRows: 3 } })
    const rows = await sql()`select distinct added from shop."order lines" where customer_id = 9`
    expect(rows).toEqual([{ added: 'new' }])

    await sql()`alter table shop."order lines" add column needed int`
    await sql()`update shop."order lines" set needed = 1`
    await sql()`alter table shop."order lines" alter column needed set not null`
    expect(await stage.restore(fromSnapshot())).toMatchObject({
      status: 'failed',
      error: { code: 'columns-differ', message: expect.stringContaining('needed') },
    })
  })
})
