import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { OperationDetails } from '#lib/operations/queries.ts'
import { findUndo } from '#lib/restores/find-undo.ts'
import { listUndos } from '#lib/restores/list-undos.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

const script = `
  create schema shop;
  create table shop.customers (id int primary key, email text not null, boss_id int references shop.customers (id),
    active boolean not null default true, updated_at timestamptz not null default '2026-01-01');
  create unique index on shop.customers (lower(email)) where active;
  create table shop.orders (id int primary key, customer_id int not null references shop.customers (id), placed_by int);
  create table shop.lines (order_id int references shop.orders (id), line int, amount numeric(10,2), primary key (order_id, line));
  create table shop.notes (text text);
  create table shop.visits (id int primary key);
  alter table shop.orders add foreign key (placed_by) references shop.visits (id)`

const fill = `
  delete from shop.lines; delete from shop.orders; delete from shop.customers; delete from shop.notes; delete from shop.visits;
  insert into shop.customers (id, email, boss_id) select n, 'C' || n || '@example.com', nullif(n / 10, 0) from generate_series(1, 60) n;
  insert into shop.visits values (1);
  insert into shop.orders select n, n, case n when 7 then 1 end from generate_series(1, 60) n;
  insert into shop.lines select o, l, o + l / 4.0 from generate_series(1, 60) o, generate_series(1, 3) l;
  insert into shop.notes select 'note ' || n from generate_series(1, 5) n`

const guarded = [
  { table: 'shop.customers', journal: 'overwritten' as const, updates: { columns: ['email', 'active'] } },
  'shop.orders',
  'shop.lines',
  'shop.notes',
]

describe('undo', () => {
  let stage: RestoreStage
  let sql: postgres.Sql

  beforeAll(async () => {
    stage = await createRestoreStage(script, { environment: 'development' })
    sql = stage.target.sql
  })
  beforeEach(async () => {
    await sql.unsafe(fill)
    await stage.guard(guarded)
  })
  /** What one transaction does; its id. */
  async function transaction(...statements: string[]): Promise<string> {
    const id = await sql.begin(async (open) => {
      for (const statement of statements) await open.unsafe(statement)
      const [row] = await open<{ id: string }[]>`select pg_current_xact_id()::text as id`
      return row!.id
    })
    return id as string
  }
  const undo = (transactionId: string, more: Record<string, unknown> = {}) =>
    stage.restore({
      source: { kind: 'journal', transactionIds: [transactionId] },
      ...more,
    })
  const run = async (operation: OperationDetails) => {
    expect(operation.error).toBeNull()
    const done = await stage.run(operation)
    expect(done).toMatchObject({ status: 'succeeded', error: null })
    return done
  }
  const rowsOf = async (table: string, where = 'true') =>
    (await sql.unsafe(`select t.* from ${table} t where ${where} order by 1, t::text`)) as unknown as Record<
      string,
      unknown
    >[]
  const everything = async () => ({
    customers: await rowsOf('shop.customers'),
    orders: await rowsOf('shop.orders'),
    lines: await rowsOf('shop.lines'),
  })
  const tableOf = (operation: OperationDetails, name: string) =>
    operation.summary!.tables.find((table) => table.table === name)!
  const notesOf = (operation: OperationDetails) =>
    operation.summary!.tables.flatMap((table) => table.notes).join(' ')

  it('of one transaction puts back exactly what it deleted, in foreign-key order, and is empty the second time', async () => {
    const before = await everything()
    await transaction('delete from shop.lines where order_id = 3')
    const gone = await transaction(
      'delete from shop.lines where order_id = 50',
      'delete from shop.lines where order_id > 50',
      'delete from shop.orders where id >= 50',
      'delete from shop.customers where id >= 50',
    )
    const operation = await undo(gone)
    expect(operation.summary!.promisedRows).toBe(33 + 11 + 11)
    await run(operation)
    const after = await everything()
    expect(after.customers).toEqual(before.customers)
    expect(after.orders).toEqual(before.orders)
    expect(after.lines).toEqual(before.lines.filter((line) => line.order_id !== 3))
    const again = await undo(gone)
    expect(again.summary).toMatchObject({ promisedRows: 0 })
  })

  it('brings a row that was overwritten and then deleted back as it was before', async () => {
    const before = await everything()
    const id = await transaction(
      `update shop.customers set email = 'scrambled' || id where id in (58, 59)`,
      'delete from shop.lines where order_id = 59',
      'delete from shop.orders where id = 59',
      'delete from shop.customers where id = 59',
    )
    const operation = await undo(id)
    expect(tableOf(operation, 'shop.customers')).toMatchObject({ missing: 1, changed: 1 })
    expect(operation.summary!.warnings.join()).toContain('1 overwritten row would stay')
    await run(operation)
    expect(await rowsOf('shop.customers', 'id = 59')).toEqual(before.customers.filter((row) => row.id === 59))
    expect(await rowsOf('shop.customers', 'id = 58')).toMatchObject([{ email: 'scrambled58' }])
    await run(await undo(id, { rows: 'changed' }))
    expect(await everything()).toEqual(before)
  })

  it('puts back nothing that another transaction deleted later', async () => {
    const id = await transaction(`update shop.customers set active = false where id = 59`)
    const later = await transaction(
      'delete from shop.lines where order_id = 59',
      'delete from shop.orders where id = 59',
      'delete from shop.customers where id = 59',
    )
    const operation = await undo(id, { rows: 'changed' })
    expect(operation.summary).toMatchObject({ promisedRows: 0 })
    expect(notesOf(operation)).toContain('1 row stay out: overwritten, and no longer there')
    await run(await undo(later))
    expect(await rowsOf('shop.customers', 'id = 59')).toMatchObject([{ active: false }])
  })

  it('leaves a row alone that was changed again since, and shows it as newer', async () => {
    const id = await transaction('update shop.customers set active = false where id > 40')
    await sql`update shop.customers set email = 'own@example.com', updated_at = now() + interval '1 minute' where id = 45`
    await transaction(`update shop.customers set email = 'journaled@example.com' where id = 46`)
    const operation = await undo(id, { rows: 'changed' })
    expect(tableOf(operation, 'shop.customers')).toMatchObject({ changed: 18, newer: 2 })
    expect(tableOf(operation, 'shop.customers').samples).toContainEqual(
      expect.objectContaining({
        kind: 'newer',
        key: 'id=45',
        live: expect.objectContaining({ email: 'own@example.com' }),
      }),
    )
    await run(operation)
    expect(await rowsOf('shop.customers', 'not active')).toMatchObject([{ id: 45 }, { id: 46 }])
    await run(await undo(id, { rows: 'all' }))
    expect(await rowsOf('shop.customers', 'not active')).toEqual([])
  })

  it('leaves a row alone that somebody made under the same key, and shows both', async () => {
    const id = await transaction('delete from shop.lines where order_id = 60')
    await sql`insert into shop.lines values (60, 2, 99)`
    const operation = await undo(id, { rows: 'changed' })
    expect(tableOf(operation, 'shop.lines')).toMatchObject({ missing: 2, changed: 0, newer: 1 })
    expect(tableOf(operation, 'shop.lines').samples).toContainEqual(
      expect.objectContaining({
        kind: 'newer',
        backup: { amount: '60.50' },
        live: { amount: '99.00' },
      }),
    )
    await run(operation)
    expect(await rowsOf('shop.lines', 'order_id = 60 and line = 2')).toMatchObject([{ amount: '99.00' }])
  })

  it('shows unique values that are taken before approval: by a live row, and by one that comes back', async () => {
    const free = 'delete from shop.lines where order_id >= 59; delete from shop.orders where id >= 59'
    const since = new Date().toISOString()
    await transaction(free)
    await transaction('delete from shop.customers where id = 59')
    await sql`insert into shop.customers (id, email) values (159, 'c59@EXAMPLE.com')`
    await transaction('delete from shop.customers where id = 159')
    await transaction('delete from shop.customers where id = 60')
    await sql`insert into shop.customers (id, email) values (160, 'c60@EXAMPLE.com')`
    const operation = await stage.restore({ source: { kind: 'journal', since } })
    expect(tableOf(operation, 'shop.customers')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain('another live row already has the same lower(email)')
    expect(notesOf(operation)).toContain('another row that comes back had the same lower(email) before')
    expect(notesOf(operation)).toContain(
      'what they refer to in shop.customers is neither live nor in the source',
    )
    await run(operation)
    expect(await rowsOf('shop.customers', 'id in (59, 159)')).toMatchObject([{ id: 59 }])
    expect(await rowsOf('shop.orders', 'id >= 59')).toMatchObject([{ id: 59 }])
  })

  it('follows keys to parents that another transaction deleted, and says which are gone for good', async () => {
    const before = await everything()
    const id = await transaction('delete from shop.lines where order_id in (7, 8)')
    await transaction('delete from shop.orders where id in (7, 8)', 'delete from shop.customers where id = 8')
    await sql`delete from shop.visits`
    const operation = await undo(id)
    expect(tableOf(operation, 'shop.orders')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain(
      'what they refer to in shop.visits is neither live nor in the source',
    )
    await run(operation)
    expect(await rowsOf('shop.lines', 'order_id = 8')).toEqual(
      before.lines.filter((line) => line.order_id === 8),
    )
    expect(await rowsOf('shop.customers', 'id = 8')).toHaveLength(1)
    expect(await rowsOf('shop.lines', 'order_id = 7')).toEqual([])
  })

  it('leaves out what an approved operation deleted, unless its own transaction is named', async () => {
    const since = new Date().toISOString()
    const { id: backupId } = await stage.take('snapshot')
    await sql`insert into shop.notes select 'extra ' || n from generate_series(1, 3) n`
    await sql`insert into shop.lines values (60, 9, 9)`
    const request = {
      source: { kind: 'snapshot', backupId },
      rows: 'all',
      tables: ['shop.lines', 'shop.notes'],
    }
    await run(await stage.restore(request))
    expect(await rowsOf('shop.notes')).toHaveLength(5)
    expect((await stage.restore({ source: { kind: 'journal', since } })).summary).toMatchObject({
      promisedRows: 0,
    })
    const [statement] = await sql<{ id: string }[]>`
      select distinct transaction_id::text as id from holdfast.journal_statements where operation_id is not null and changed_at >= ${since}`
    await run(await undo(statement!.id))
    expect(await rowsOf('shop.notes')).toHaveLength(8)
    expect(await rowsOf('shop.lines', 'line = 9')).toHaveLength(1)
  })

  it('can be undone itself where it overwrote', async () => {
    const id = await transaction('update shop.customers set active = false where id = 20')
    const done = await run(await undo(id, { rows: 'changed' }))
    const [own] = await sql<{ id: string }[]>`
      select transaction_id::text as id from holdfast.journal_statements where operation_id = ${done.id}`
    await run(await undo(own!.id, { rows: 'changed' }))
    expect(await rowsOf('shop.customers', 'not active')).toMatchObject([{ id: 20 }])
  })

  it('of a time, of some tables and of one act touches nothing else', async () => {
    await transaction('delete from shop.notes')
    const [{ at: since }] = await sql<
      [{ at: string }]
    >`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`
    await transaction(
      'delete from shop.lines where order_id = 1',
      `update shop.customers set active = false where id = 1`,
    )
    const [{ at: until }] = await sql<
      [{ at: string }]
    >`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`
    await transaction('delete from shop.lines where order_id = 2')
    const source = { kind: 'journal', since, until }
    expect((await stage.restore({ source })).summary).toMatchObject({ promisedRows: 3 })
    const updates = await stage.restore({ source: { ...source, act: 'update' }, rows: 'changed' })
    expect(updates.summary).toMatchObject({ promisedRows: 1 })
    const deletes = await stage.restore({ source: { ...source, act: 'delete' }, rows: 'changed' })
    expect(deletes.summary).toMatchObject({ promisedRows: 3 })
    const customers = await stage.restore({ source, tables: ['shop.customers'] })
    expect(customers.summary).toMatchObject({ promisedRows: 0 })
  })
  it('of a table without a key says which rows it cannot tell from live ones', async () => {
    await sql`insert into shop.notes values ('note 1')`
    const id = await transaction(
      `delete from shop.notes where text = 'note 2'`,
      `delete from shop.notes where ctid = (select min(ctid) from shop.notes where text = 'note 1')`,
    )
    const operation = await undo(id)
    expect(tableOf(operation, 'shop.notes')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain('1 row stay')
    await run(operation)
    expect(await rowsOf('shop.notes')).toHaveLength(5)
  })

  it('is refused when images were pruned or altered since the plan, and writes nothing', async () => {
    const id = await transaction('delete from shop.lines where order_id in (4, 5)')
    const pruned = await undo(id)
    const altered = await undo(id)
    const [journal] = await sql<{ name: string }[]>`
      select journal::text as name from holdfast.guarded_tables where relation = 'shop.lines'::regclass`
    await sql.unsafe(`update ${journal!.name} set amount = 0 where order_id = 4 and line = 1`)
    expect(await stage.run(altered)).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    await sql.unsafe(`delete from ${journal!.name} where order_id = 5 and line = 2`)
    expect(await stage.run(pruned)).toMatchObject({
      status: 'refused',
      error: {
        code: 'plan-stale',
        message: expect.stringContaining(
          '1 row of shop.lines that the approved plan puts back is no longer in the journal',
        ),
      },
    })
    expect(await rowsOf('shop.lines', 'order_id in (4, 5)')).toEqual([])
    const left = await undo(id)
    expect(left.summary!.promisedRows).toBe(5)
    expect(left.summary!.warnings.join()).toContain(
      '1 row of the 6 rows deleted from shop.lines is not in the journal',
    )
    await sql.unsafe(`delete from ${journal!.name}`)
    expect(await undo(id)).toMatchObject({ status: 'failed', error: { code: 'journal-incomplete' } })
  })

  it('says how many rows have no image, and which backup has them', async () => {
    const { id: backupId } = await stage.take('snapshot')
    // The guards refuse to have their journals changed; only an operation may.
    const change = (ddl: string) => transaction(`select holdfast.open_permit('test')`, ddl)
    const [journal] = await sql<{ name: string }[]>`
      select journal::text as name from holdfast.guarded_tables where relation = 'shop.lines'::regclass`
    await change(`alter table ${journal!.name} add constraint full_disk check (order_id <> 6) not valid`)
    const id = await transaction(
      'delete from shop.lines where order_id = 6',
      'delete from shop.lines where order_id = 9',
    )
    await change(`alter table ${journal!.name} drop constraint full_disk`)
    const operation = await undo(id)
    expect(operation.summary!.promisedRows).toBe(3)
    expect(operation.summary!.warnings.join(' ')).toMatch(
      /3 rows of the 6 rows deleted .*could not be kept.*full_disk/,
    )
    expect(operation.summary!.warnings.join(' ')).toContain(`--from ${backupId}`)
    expect(await undo(id.replace(/.$/, '0').padStart(12, '9'))).toMatchObject({
      error: { code: 'nothing-journaled' },
    })
  })

  it('says of each line of the list of deletes which operation undid it', async () => {
    const id = await transaction('delete from shop.lines where order_id = 1')
    const line = { table: 'shop.lines', at: new Date(), transactionId: id }
    const before = await listUndos(stage.store.db, stage.target.id)
    expect(findUndo(before, line)).toBeNull()
    const done = await run(await undo(id))
    const undos = await listUndos(stage.store.db, stage.target.id)
    expect(findUndo(undos, line)).toBe(done.id)
    expect(findUndo(undos, { ...line, table: 'shop.orders' })).toBeNull()
    expect(findUndo(undos, { ...line, transactionId: '1' })).toBeNull()
  })

  it('asks for a transaction or a time, and refuses a viewer', async () => {
    const request = (source: object) =>
      requestRestore(stage.store.ctx, {
        targetId: stage.target.id,
        reason: 'rows were deleted by mistake',
        request: { source: { kind: 'journal', ...source } },
      })
    expect(await request({})).toMatchObject({ refusal: { code: 'invalid-input' } })
    expect(await request({ transactionIds: [`1'`] })).toMatchObject({ refusal: { code: 'invalid-input' } })
    const later = new Date(Date.now() + 60_000).toISOString()
    expect(await request({ since: later })).toMatchObject({ refusal: { code: 'invalid-input' } })
    const viewer = await stage.person('viewer')
    const outcome = await requestRestore(viewer, {
      targetId: stage.target.id,
      reason: 'I would like to',
      request: { source: { kind: 'journal', transactionIds: ['5'] } },
    })
    expect(outcome).toMatchObject({ ok: false, refusal: { code: 'forbidden' } })
  })
})
