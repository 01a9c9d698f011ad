import type postgres from 'postgres'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createUndoStage, notesOf, plannedTable, type UndoStage } from '#lib/testing/undo-stage.ts'

describe('an undo that meets a changed database', () => {
  let stage: UndoStage
  let sql: postgres.Sql

  beforeAll(async () => {
    stage = await createUndoStage()
    sql = stage.target.sql
  })
  beforeEach(() => stage.reset())

  it('puts back nothing that another transaction deleted later', async () => {
    const id = await stage.transaction(`update shop.customers set active = false where id = 59`)
    const later = await stage.transaction(
      'delete from shop.lines where order_id = 59',
      'delete from shop.orders where id = 59',
      'delete from shop.customers where id = 59',
    )
    const operation = await stage.undo(id, { rows: 'changed' })
    expect(operation.summary).toMatchObject({ promisedRows: 0 })
    expect(notesOf(operation)).toContain('1 row stay out: overwritten, and no longer there')
    await stage.runUndo(await stage.undo(later))
    expect(await stage.rowsOf('shop.customers', 'id = 59')).toMatchObject([{ active: false }])
  })

  it('leaves a row alone that was changed again since, and shows it as newer', async () => {
    const id = await stage.transaction('update shop.customers set active = false where id > 40')
    await sql`update shop.customers set email = 'own@example.com', updated_at = now() + interval '1 minute' where id = 45`
    await stage.transaction(`update shop.customers set email = 'journaled@example.com' where id = 46`)
    const operation = await stage.undo(id, { rows: 'changed' })
    expect(plannedTable(operation, 'shop.customers')).toMatchObject({ changed: 18, newer: 2 })
    expect(plannedTable(operation, 'shop.customers').samples).toContainEqual(
      expect.objectContaining({
        kind: 'newer',
        key: 'id=45',
        live: expect.objectContaining({ email: 'own@example.com' }),
      }),
    )
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.customers', 'not active')).toMatchObject([{ id: 45 }, { id: 46 }])
    await stage.runUndo(await stage.undo(id, { rows: 'all' }))
    expect(await stage.rowsOf('shop.customers', 'not active')).toEqual([])
  })

  it('leaves a row alone that somebody made under the same key, and shows both', async () => {
    const id = await stage.transaction('delete from shop.lines where order_id = 60')
    await sql`insert into shop.lines values (60, 2, 99)`
    const operation = await stage.undo(id, { rows: 'changed' })
    expect(plannedTable(operation, 'shop.lines')).toMatchObject({ missing: 2, changed: 0, newer: 1 })
    expect(plannedTable(operation, 'shop.lines').samples).toContainEqual(
      expect.objectContaining({
        kind: 'newer',
        backup: { amount: '60.50' },
        live: { amount: '99.00' },
      }),
    )
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.lines', 'order_id = 60 and line = 2')).toMatchObject([
      { amount: '99.00' },
    ])
  })

  it('shows unique values that are taken before approval: by a live row, and by one that comes back', async () => {
    const free = 'delete from shop.lines where order_id >= 59; delete from shop.orders where id >= 59'
    const since = new Date().toISOString()
    await stage.transaction(free)
    await stage.transaction('delete from shop.customers where id = 59')
    await sql`insert into shop.customers (id, email) values (159, 'c59@EXAMPLE.com')`
    await stage.transaction('delete from shop.customers where id = 159')
    await stage.transaction('delete from shop.customers where id = 60')
    await sql`insert into shop.customers (id, email) values (160, 'c60@EXAMPLE.com')`
    const operation = await stage.restore({ source: { kind: 'journal', since } })
    expect(plannedTable(operation, 'shop.customers')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain('another live row already has the same lower(email)')
    expect(notesOf(operation)).toContain('another row that comes back had the same lower(email) before')
    expect(notesOf(operation)).toContain(
      'what they refer to in shop.customers is neither live nor in the source',
    )
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.customers', 'id in (59, 159)')).toMatchObject([{ id: 59 }])
    expect(await stage.rowsOf('shop.orders', 'id >= 59')).toMatchObject([{ id: 59 }])
  })

  it('follows keys to parents that another transaction deleted, and says which are gone for good', async () => {
    const before = await stage.rowsOf('shop.lines')
    const id = await stage.transaction('delete from shop.lines where order_id in (7, 8)')
    await stage.transaction(
      'delete from shop.orders where id in (7, 8)',
      'delete from shop.customers where id = 8',
    )
    await sql`delete from shop.visits`
    const operation = await stage.undo(id)
    expect(plannedTable(operation, 'shop.orders')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain(
      'what they refer to in shop.visits is neither live nor in the source',
    )
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.lines', 'order_id = 8')).toEqual(
      before.filter((line) => line.order_id === 8),
    )
    expect(await stage.rowsOf('shop.customers', 'id = 8')).toHaveLength(1)
    expect(await stage.rowsOf('shop.lines', 'order_id = 7')).toEqual([])
  })

  it('of a table without a key says which rows it cannot tell from live ones', async () => {
    await sql`insert into shop.notes values ('note 1')`
    const id = await stage.transaction(
      `delete from shop.notes where text = 'note 2'`,
      `delete from shop.notes where ctid = (select min(ctid) from shop.notes where text = 'note 1')`,
    )
    const operation = await stage.undo(id)
    expect(plannedTable(operation, 'shop.notes')).toMatchObject({ missing: 1 })
    expect(notesOf(operation)).toContain('1 row stay')
    await stage.runUndo(operation)
    expect(await stage.rowsOf('shop.notes')).toHaveLength(5)
  })

  it('is refused when images were pruned or altered since the plan, and writes nothing', async () => {
    const id = await stage.transaction('delete from shop.lines where order_id in (4, 5)')
    const pruned = await stage.undo(id)
    const altered = await stage.undo(id)
    const journal = await stage.journalOf('shop.lines')
    await sql.unsafe(`update ${journal} set amount = 0 where order_id = 4 and line = 1`)
    expect(await stage.run(altered)).toMatchObject({ status: 'refused', error: { code: 'plan-stale' } })
    await sql.unsafe(`delete from ${journal} where order_id = 5 and line = 2`)
    expect(await stage.run(pruned)).toMatchObject({
      status: 'refused',
      error: {
        code: 'plan-stale',
        message: expect.stringContaining(
          '1 row of shop.lines that the approved plan puts back is no longer in the journal',
        ),
      },
    })
    expect(await stage.rowsOf('shop.lines', 'order_id in (4, 5)')).toEqual([])
    const left = await stage.undo(id)
    expect(left.summary!.promisedRows).toBe(5)
    expect(left.summary!.warnings.join()).toContain(
      '1 row of the 6 rows deleted from shop.lines is not in the journal',
    )
    await sql.unsafe(`delete from ${journal}`)
    expect(await stage.undo(id)).toMatchObject({ status: 'failed', error: { code: 'journal-incomplete' } })
  })

  it('says how many rows have no image, and which backup has them', async () => {
    const { id: backupId } = await stage.take('snapshot')
    // The guards refuse to have their journals changed; only an operation may.
    const change = (ddl: string) => stage.transaction(`select holdfast.open_permit('test')`, ddl)
    const journal = await stage.journalOf('shop.lines')
    await change(`alter table ${journal} add constraint full_disk check (order_id <> 6) not valid`)
    const id = await stage.transaction(
      'delete from shop.lines where order_id = 6',
      'delete from shop.lines where order_id = 9',
    )
    await change(`alter table ${journal} drop constraint full_disk`)
    const operation = await stage.undo(id)
    expect(operation.summary!.promisedRows).toBe(3)
    expect(operation.summary!.warnings.join(' ')).toMatch(
      /3 rows of the 6 rows deleted .*could not be kept.*full_disk/,
    )
    expect(operation.summary!.warnings.join(' ')).toContain(`--from ${backupId}`)
    expect(await stage.undo(id.replace(/.$/, '0').padStart(12, '9'))).toMatchObject({
      error: { code: 'nothing-journaled' },
    })
  })
})
