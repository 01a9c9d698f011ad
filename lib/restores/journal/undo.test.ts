import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findUndo } from '#lib/restores/journal/find-undo.ts'
import { listUndos } from '#lib/restores/journal/list-undos.ts'
import { requestRestore } from '#lib/restores/request-restore.ts'
import { createUndoStage, plannedTable, type UndoStage } from '#lib/testing/undo-stage.ts'

describe('undo', () => {
  let stage: UndoStage
  let sql: postgres.Sql

  beforeAll(async () => {
    stage = await createUndoStage()
    sql = stage.target.sql
  })
  beforeEach(() => stage.reset())

  const everything = async () => ({
    customers: await stage.rowsOf('shop.customers'),
    orders: await stage.rowsOf('shop.orders'),
    lines: await stage.rowsOf('shop.lines'),
  })

  it('of one transaction puts back exactly what it deleted, in foreign-key order, and is empty the second time', async () => {
    const before = await everything()
    await stage.transaction('delete from shop.lines where order_id = 3')
    const gone = await stage.transaction(
      'delete from shop.lines where order_id = 50',
      'delete from shop.lines where order_id > 50',
      'delete from shop.orders where id >= 50',
      'delete from shop.customers where id >= 50',
    )
    const operation = await stage.undo(gone)
    expect(operation.summary!.promisedRows).toBe(33 + 11 + 11)
    await stage.runUndo(operation)
    const after = await everything()
    expect(after.customers).toEqual(before.customers)
    expect(after.orders).toEqual(before.orders)
    expect(after.lines).toEqual(before.lines.filter((line) => line.order_id !== 3))
    const again = await stage.undo(gone)
    expect(again.summary).toMatchObject({ promisedRows: 0 })
  })

  it('brings a row that was overwritten and then deleted back as it was before', async () => {
    const before = await everything()
    const id = await stage.transaction(
      `update shop.customers set email = 'scrambled' || id where id in (58, 59)`,
      'delete from shop.lines where order_id = 59',
      'delete from shop.orders where id = 59',
      'delete from shop.customers where id = 59',
    )
    const operation = await stage.undo(id)
    expect(plannedTable(operation, 'shop.customers')).toMatchObject({ missing: 1, changed: 1 })
    expect(operation.summary!.warnings.join()).toContain('1 overwritten row would stay')
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.customers', 'id = 59')).toEqual(
      before.customers.filter((row) => row.id === 59),
    )
    expect(await stage.rowsOf('shop.customers', 'id = 58')).toMatchObject([{ email: 'scrambled58' }])
    await stage.runUndo(await stage.undo(id, { rows: 'changed' }))
    expect(await everything()).toEqual(before)
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
    await stage.runUndo(await stage.restore(request))
    expect(await stage.rowsOf('shop.notes')).toHaveLength(5)
    expect((await stage.restore({ source: { kind: 'journal', since } })).summary).toMatchObject({
      promisedRows: 0,
    })
    const [statement] = await sql<{ id: string }[]>`
      select distinct transaction_id::text as id from holdfast.journal_statements where operation_id is not null and changed_at >= ${since}`
    await stage.runUndo(await stage.undo(statement!.id))
    expect(await stage.rowsOf('shop.notes')).toHaveLength(8)
    expect(await stage.rowsOf('shop.lines', 'line = 9')).toHaveLength(1)
  })

  it('can be undone itself where it overwrote', async () => {
    const id = await stage.transaction('update shop.customers set active = false where id = 20')
    const done = await stage.runUndo(await stage.undo(id, { rows: 'changed' }))
    const [own] = await sql<{ id: string }[]>`
      select transaction_id::text as id from holdfast.journal_statements where operation_id = ${done.id}`
    await stage.runUndo(await stage.undo(own!.id, { rows: 'changed' }))
    expect(await stage.rowsOf('shop.customers', 'not active')).toMatchObject([{ id: 20 }])
  })

  it('of a time, of some tables and of one act touches nothing else', async () => {
    await stage.transaction('delete from shop.notes')
    const [{ at: since }] = await sql<
      [{ at: string }]
    >`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`
    await stage.transaction(
      'delete from shop.lines where order_id = 1',
      `update shop.customers set active = false where id = 1`,
    )
    const [{ at: until }] = await sql<
      [{ at: string }]
    >`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`
    await stage.transaction('delete from shop.lines where order_id = 2')
    const source = { kind: 'journal', since, until }
    expect((await stage.restore({ source })).summary).toMatchObject({ promisedRows: 3 })
    const updates = await stage.restore({ source: { ...source, act: 'update' }, rows: 'changed' })
    expect(updates.summary).toMatchObject({ promisedRows: 1 })
    const deletes = await stage.restore({ source: { ...source, act: 'delete' }, rows: 'changed' })
    expect(deletes.summary).toMatchObject({ promisedRows: 3 })
    const customers = await stage.restore({ source, tables: ['shop.customers'] })
    expect(customers.summary).toMatchObject({ promisedRows: 0 })
  })

  it('says of each line of the list of deletes which operation undid it', async () => {
    const id = await stage.transaction('delete from shop.lines where order_id = 1')
    const line = { table: 'shop.lines', at: new Date(), transactionId: id }
    const before = await listUndos(stage.store.db, stage.target.id)
    expect(findUndo(before, line)).toBeNull()
    const done = await stage.runUndo(await stage.undo(id))
    const undos = await listUndos(stage.store.db, stage.target.id)
    expect(findUndo(undos, line)).toBe(done.id)
    expect(findUndo(undos, { ...line, table: 'shop.orders' })).toBeNull()
    expect(findUndo(undos, { ...line, isOverwritten: true })).toBeNull()
    expect(findUndo(undos, { ...line, transactionId: '1' })).toBeNull()

    const takenBack = await stage.runUndo(await stage.undoOf(done))
    expect(findUndo(await listUndos(stage.store.db, stage.target.id), line)).toBeNull()
    await stage.runUndo(await stage.undoOf(takenBack))
    expect(findUndo(await listUndos(stage.store.db, stage.target.id), line)).toBe(done.id)
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
