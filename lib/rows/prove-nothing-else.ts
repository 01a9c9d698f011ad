import { AppError } from '#lib/errors.ts'
import type { WrittenTable } from '#lib/rows/apply-rows.ts'
import { listReferring } from '#lib/rows/keep-referred.ts'
import type { RowsPlan, RowsScope } from '#lib/rows/types.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const countersSql = loadSql(new URL('./sql/counters.sql', import.meta.url))

interface Counter extends TableName {
  inserted: number
  updated: number
  deleted: number
}

export type Counters = ReadonlyMap<string, Counter>

/** What this transaction has written to each table so far, by the server's own count. */
export async function readCounters({ sql }: RowsScope): Promise<Counters> {
  const rows = await sql.unsafe<Counter[]>(countersSql)
  return new Map(rows.map((row) => [formatTable(row), row]))
}

const none = { inserted: 0, updated: 0, deleted: 0 }

/** Tables that a foreign key makes change together with those that lose or change rows. */
async function listCascading(scope: RowsScope, plan: RowsPlan): Promise<Set<string>> {
  const cascading = new Set<string>()
  if (plan.mode === 'missing') return cascading
  for (const { live } of plan.tables)
    for (const key of await listReferring(scope, live))
      if (/[cnd]/.test(key.onDelete + key.onUpdate)) cascading.add(formatTable(key))
  return cascading
}

/**
 * Proves by the server's own counters that the run wrote what it says and nothing else: where triggers or rules fire they
 * may write elsewhere, and that is returned; but never to a table that a foreign key takes along. Throws AppError
 * `wrote-elsewhere`, so that the transaction rolls back. Proves nothing where the server does not count (`track_counts`).
 */
export async function proveNothingElse(
  scope: RowsScope,
  plan: RowsPlan,
  before: Counters,
  written: readonly WrittenTable[],
): Promise<WrittenTable[]> {
  const after = await readCounters(scope)
  const cascading = await listCascading(scope, plan)
  const fires = plan.tables.some((table) => table.fires.length > 0)
  const elsewhere: WrittenTable[] = []
  for (const [table, counter] of after) {
    const was = before.get(table) ?? none
    const did = written.find((one) => one.table === table) ?? none
    const more = {
      table,
      inserted: counter.inserted - was.inserted - did.inserted,
      updated: counter.updated - was.updated - did.updated,
      deleted: counter.deleted - was.deleted - did.deleted,
    }
    if (more.inserted === 0 && more.updated === 0 && more.deleted === 0) continue
    // A row that moves to another partition is deleted there and inserted here.
    const isMove = more.inserted === more.deleted && more.inserted + more.updated === 0
    if (isMove && plan.tables.some(({ live }) => live.kind === 'partitioned' && formatTable(live) === table))
      continue
    elsewhere.push(more)
    if (!fires || (cascading.has(table) && more.updated + more.deleted > 0))
      throw new AppError(
        'wrote-elsewhere',
        `${table} would have changed as well: ${more.inserted} rows inserted, ${more.updated} updated and ${more.deleted} deleted that the plan does not have.`,
        {
          hint: 'Nothing was written. Somebody may have added rows that refer to those that go; plan it again.',
        },
      )
  }
  return elsewhere
}
