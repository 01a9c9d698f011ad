import { expect, it } from 'vitest'
import { unwrap } from '#lib/errors.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { applyPolicy } from '#lib/targets/apply-policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { publicDatabases, readPublicData } from '#lib/testing/public-data.ts'
import { createRestoreStage, type RestoreStage } from '#lib/testing/restore-stage.ts'

/** 500 rows each, children before parents, across tables with foreign keys between them. */
const losses: Record<string, [table: string, where: string][]> = {
  chinook: [
    [
      'public.playlist_track',
      'track_id in (select track_id from public.track where album_id in (1, 2, 3, 4, 5, 6))',
    ],
    ['public.invoice_line', 'invoice_id in (select invoice_id from public.invoice where customer_id <= 6)'],
    ['public.invoice', 'customer_id <= 6'],
    ['public.customer', 'customer_id <= 6'],
  ],
  northwind: [
    ['public.order_details', 'order_id < 10330'],
    ['public.orders', 'order_id < 10330'],
    ['public.employee_territories', 'true'],
  ],
}

/** Deletes so that exactly 500 rows are gone: the last table is the one without children, cut to the rest. */
async function lose(stage: RestoreStage, name: string, filler: string): Promise<void> {
  let lost = 0
  for (const [table, where] of losses[name]!) {
    const { count } = await stage.target.sql.unsafe(`delete from ${table} where ${where}`)
    lost += count
  }
  expect(lost).toBeLessThan(500)
  const { count } = await stage.target.sql.unsafe(
    `delete from ${filler} where ctid in (select ctid from ${filler} limit ${500 - lost})`,
  )
  expect(lost + count).toBe(500)
}

const fillers: Record<string, string> = {
  chinook: 'public.playlist_track',
  northwind: 'public.order_details',
}

for (const name of publicDatabases) {
  it(`the public database ${name} gets exactly 500 deleted rows back, from a snapshot and from an archive`, async () => {
    const stage = await createRestoreStage(readPublicData(name))
    const { document } = await getPolicy(stage.store.db, stage.target.id)
    const tables = await stage.target.sql<{ name: string }[]>`
        select 'public.' || relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`
    unwrap(
      await applyPolicy(stage.store.ctx, {
        name: stage.target.name,
        document: { ...document, protectedTables: tables.map((table) => ({ table: table.name })) },
      }),
    )
    for (const kind of ['snapshot', 'archive'] as const) {
      const backup = await stage.take(kind)
      expect(backup.status).toBe('good')
      const before = await stage.facts()
      await lose(stage, name, fillers[name]!)
      const operation = await stage.restore({ source: { kind, backupId: backup.id } })
      expect(operation.error).toBeNull()
      expect(operation.summary!.promisedRows).toBe(500)
      const done = await stage.run(operation)
      expect(done).toMatchObject({ status: 'succeeded', error: null })
      const { writtenRows, tables: written } = done.result as RestoreResult
      expect(writtenRows).toBe(500)
      expect(written.every((table) => table.updated === 0 && table.deleted === 0)).toBe(true)
      expect(await stage.differences(before)).toEqual([])
    }
  }, 120_000)
}
