import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Facts } from '#lib/facts/types.ts'
import type { OperationDetails } from '#lib/operations/queries.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { requestUndo } from '#lib/restores/undo/request-undo.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'
import { notesOf, plannedTable } from '#lib/testing/undo-stage.ts'

// Each takes a few seconds; a busy machine may need many.
vi.setConfig({ testTimeout: 150_000, hookTimeout: 150_000 })

const script = `
  create schema shop;
  create type shop.state as enum ('open', 'paid');
  create domain shop.code as varchar(8) check (value <> '');
  create table shop.customers (id int primary key, email text not null unique, "first name" text,
    state shop.state not null default 'open', boss_id int references shop.customers (id));
  create table shop.orders (id int generated always as identity primary key, customer_id int not null references shop.customers (id) on delete cascade,
    amount numeric(10,2), doubled numeric generated always as (amount * 2) stored, parts shop.code[]);
  create table shop."order lines" (order_id int, line shop.code, note jsonb, primary key (order_id, line));
  create table shop.notes (text text, at timestamptz);`

const fill = `
  delete from shop."order lines"; delete from shop.orders; delete from shop.customers; delete from shop.notes;
  select setval('shop.orders_id_seq', 1, false);
  insert into shop.customers select n, 'c' || n || '@example.com', 'n' || n, 'open', nullif(n / 10, 0) from generate_series(1, 60) n;
  insert into shop.orders (customer_id, amount, parts) select n, n / 3.0, array['a', 'b']::shop.code[] from generate_series(1, 60) n;
  insert into shop."order lines" select o, l::text, jsonb_build_object('o', o) from generate_series(1, 60) o, generate_series(1, 2) l;
  insert into shop.notes select 'note ' || n % 4, '2026-01-01' from generate_series(1, 9) n`

const damage = `
  delete from shop."order lines" where order_id > 50;
  delete from shop.orders where id > 50;
  update shop.customers set "first name" = 'X', state = 'paid' where id between 20 and 29;
  insert into shop.customers values (100, 'new@example.com', null, 'open', 5), (101, 'newer@example.com', null, 'open', 100);
  insert into shop.orders (customer_id, amount) values (3, 9);
  delete from shop.notes where ctid in (select ctid from shop.notes where text = 'note 1' limit 2);
  insert into shop.notes values ('extra', now()), ('note 2', '2026-01-01')`

const tables = ['shop.customers', 'shop.orders', 'shop."order lines"', 'shop.notes']

describe('the undo of an operation', () => {
  let stage: RestoreStage
  let sql: postgres.Sql
  let snapshotId: string
  let start: Facts

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
    await sql.unsafe(fill)
    await stage.guard(tables)
    snapshotId = (await stage.take('snapshot')).id
    start = await stage.facts()
  })
  beforeEach(async () => {
    await sql.unsafe(fill)
    await sql.unsafe(damage)
  })

  const sums = ({ tables: all }: Facts) => all.map(({ name, rows, checksum }) => ({ name, rows, checksum }))
  const restored = async (rows: string) => {
    const operation = await stage.restore({ source: { kind: 'snapshot', backupId: snapshotId }, rows })
    expect(operation.error).toBeNull()
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    return done
  }
  const undone = async (operation: OperationDetails, rows?: 'changed' | 'all') => {
    const planned = await stage.undoOf(operation, rows)
    expect(planned.error).toBeNull()
    const done = await stage.run(planned)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    return done
  }

  it.each(['missing', 'changed', 'all'])(
    'gives back exactly what was before a restore of rows %s',
    async (rows) => {
      const before = await stage.facts()
      const done = await restored(rows)
      const after = await stage.facts()
      expect(sums(after)).not.toEqual(sums(before))
      if (rows === 'all') expect(sums(after)).toEqual(sums(start))
      const undo = await undone(done)
      expect((undo.result as RestoreResult).writtenRows).toBe((done.result as RestoreResult).writtenRows)
      expect(sums(await stage.facts())).toEqual(sums(before))
      // The undo is an operation as any other.
      await undone(undo)
      expect(sums(await stage.facts())).toEqual(sums(after))
    },
  )

  it('leaves rows alone that somebody changed after the operation, shows them, and takes them along when all is asked for', async () => {
    const done = await restored('all')
    await sql`update shop.customers set "first name" = 'mine' where id in (20, 21)`
    await sql`delete from shop."order lines" where order_id = 55 and line = '1'`
    await sql`insert into shop.customers values (100, 'again@example.com', 'again', 'open', null)`
    const planned = await stage.undoOf(done)
    expect(plannedTable(planned, 'shop.customers')).toMatchObject({ changed: 8, missing: 1, newer: 3 })
    expect(plannedTable(planned, 'shop.customers').samples).toContainEqual(
      expect.objectContaining({
        kind: 'newer',
        keyValues: ['20'],
        live: { 'first name': 'mine', state: 'open' },
      }),
    )
    expect(planned.summary!.warnings.join()).toContain('3 rows were changed after the operation')
    expect((await stage.run(planned)).status).toBe('succeeded')
    const names =
      await sql`select id, "first name" as name from shop.customers where id in (20, 22, 100) order by id`
    expect(names).toMatchObject([
      { id: 20, name: 'mine' },
      { id: 22, name: 'X' },
      { id: 100, name: 'again' },
    ])
    await undone(done, 'all')
    expect(
      await sql`select id, "first name" as name from shop.customers where id in (20, 100, 101) order by id`,
    ).toMatchObject([{ id: 20, name: 'X' }, { id: 100, name: null }, { id: 101 }])
  })

  it('never deletes a row that others refer to by now, and takes nothing along with it', async () => {
    const done = await restored('missing')
    const [order] = await sql<{ id: number }[]>`select id from shop.orders where id = 55`
    expect(order).toBeDefined()
    await sql.unsafe(`create table shop.shipments (order_id int references shop.orders (id) on delete cascade);
      insert into shop.shipments values (55)`)
    const planned = await stage.undoOf(done)
    expect(notesOf(planned)).toContain(
      '1 row that the operation made: left, because rows of shop.shipments refer to it by now',
    )
    expect((await stage.run(planned)).status).toBe('succeeded')
    expect(await sql`select id from shop.orders where id > 50 and id < 61`).toMatchObject([{ id: 55 }])
    expect(await sql`select order_id from shop.shipments`).toHaveLength(1)
    await sql`drop table shop.shipments`
  })

  it('puts nothing back whose unique value somebody else has by now', async () => {
    const done = await restored('all')
    await sql`insert into shop.customers values (200, 'new@example.com', null, 'open', null)`
    const planned = await stage.undoOf(done)
    expect(notesOf(planned)).toContain('1 row not put back: another live row has the same email by now')
    expect(notesOf(planned)).toContain(
      '1 row not put back: what they refer to in shop.customers is no longer there',
    )
    expect((await stage.run(planned)).status).toBe('succeeded')
    expect(await sql`select id from shop.customers where id >= 100`).toMatchObject([{ id: 200 }])
  })

  it('is refused and writes nothing when a row changed between its plan and its run', async () => {
    const done = await restored('all')
    const planned = await stage.undoOf(done)
    await sql`update shop.customers set "first name" = 'late' where id = 25`
    const before = sums(await stage.facts())
    expect(await stage.run(planned)).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    expect(sums(await stage.facts())).toEqual(before)
  })

  it('has nothing to do a second time, and is asked for once at a time', async () => {
    const done = await restored('changed')
    const first = await stage.undoOf(done)
    const again = await requestUndo(stage.store.ctx, { operationId: done.id, reason: 'twice is better' })
    expect(again).toMatchObject({
      ok: false,
      refusal: { code: 'undo-open', reason: expect.stringContaining(first.id) },
    })
    expect((await stage.run(first)).status).toBe('succeeded')
    expect(await stage.undoOf(done)).toMatchObject({ status: 'failed', error: { code: 'nothing-to-undo' } })
  })

  it('is asked for once, however many press at the same moment', async () => {
    const done = await restored('missing')
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        requestUndo(stage.store.ctx, { operationId: done.id, reason: 'all at once' }),
      ),
    )
    expect(outcomes.filter((outcome) => outcome.ok)).toHaveLength(1)
    expect(outcomes.flatMap((outcome) => (outcome.ok ? [] : outcome.refusal.code))).toEqual(
      Array(7).fill('undo-open'),
    )
  })

  it('deletes beyond the budgets within its own transaction, and only there', async () => {
    const done = await restored('missing')
    await stage.guard(tables, 3)
    await undone(done)
    await expect(sql`delete from shop."order lines" where order_id < 20`).rejects.toMatchObject({
      code: 'HF001',
    })
    await stage.guard(tables)
  })

  it('moves no sequence back', async () => {
    const done = await restored('missing')
    const [{ last: before }] = await sql<
      [{ last: string }]
    >`select last_value::text as last from shop.orders_id_seq`
    await undone(done)
    const [{ last: after }] = await sql<
      [{ last: string }]
    >`select last_value::text as last from shop.orders_id_seq`
    expect(BigInt(after)).toBeGreaterThanOrEqual(BigInt(before))
  })

  it('refuses a viewer, and an operation that does not exist', async () => {
    const viewer = await stage.person('viewer')
    const done = await restored('missing')
    const asked = { operationId: done.id, reason: 'I would like to' }
    expect(await requestUndo(viewer, asked)).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
    await expect(
      requestUndo(stage.store.ctx, { ...asked, operationId: '00000000-0000-4000-8000-000000000000' }),
    ).rejects.toMatchObject({ code: 'operation-not-found' })
  })
})
