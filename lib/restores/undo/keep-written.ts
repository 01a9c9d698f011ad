import { closeSchema } from '#lib/backups/snapshots/close-schema.ts'
import { AppError } from '#lib/errors.ts'
import type { KeptTable, KeptUndo } from '#lib/restores/undo/keep-undo.ts'
import {
  hashOf,
  keptColumns,
  sumTable,
  tellingColumns,
  undoFacts,
  writtenSets,
} from '#lib/restores/undo/undo-rows.ts'
import type { UndoCopy, UndoTable } from '#lib/restores/undo/undo-schema.ts'
import { columnList, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { analyze } from '#lib/rows/set-aside.ts'
import type { RowsPlan, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'

/**
 * Rows that this transaction made: nobody else writes to the table while it is locked. The lower bound leaves out frozen
 * rows from so long ago that their number seems to lie ahead.
 */
const isOurs: Fragment = fragment`age(l.xmin) between -1073741824 and age(pg_current_xact_id()::xid)`

/** What the written rows of a table became, triggers and defaults included. */
function writtenQuery(plan: RowsPlan, { compared, columns }: KeptTable): Fragment {
  const { live } = compared
  if (!live.key) return fragment`select ${keptColumns('l', columns)} from ${rowsOf(live)} l where ${isOurs}`
  const { inserted, overwritten } = writtenSets(plan, compared)
  const key = columns.filter((column) => live.key!.includes(column.name))
  const hash = hashOf('l', tellingColumns(columns))
  return join(
    [inserted, ...(overwritten ? [overwritten] : [])].map(
      (set) =>
        fragment`select ${keptColumns('l', key)}, ${hash} as ${name(undoFacts.hash)} from ${tableOf(set.relation)} m join ${rowsOf(live)} l on ${sameKey(live, live.key!, 'l', 'm')}`,
    ),
    ' union all ',
  )
}

async function keepTable(scope: RowsScope, plan: RowsPlan, kept: KeptTable): Promise<UndoTable> {
  const { compared, columns, written } = kept
  const { live, missing } = compared
  const { overwritten } = writtenSets(plan, compared)
  const expected = missing.rows + (overwritten?.rows ?? 0)
  const key = columns.filter((column) => live.key?.includes(column.name)).map((column) => column.name)
  const names = live.key ? [...key, undoFacts.hash] : columns.map((column) => column.name)
  const query = expected > 0 || live.key ? writtenQuery(plan, kept) : null
  await runSql(
    scope,
    query
      ? fragment`create table ${tableOf(written)} as ${query}`
      : fragment`create table ${tableOf(written)} as select * from ${tableOf(kept.before)} where false`,
  )
  if (live.key)
    await runSql(scope, fragment`create unique index on ${tableOf(written)} (${columnList(live.key)})`)
  await analyze(scope, written)
  const sums = await sumTable(scope, written, names)
  if (sums.rows !== expected) {
    throw new AppError(
      'safety-copy-failed',
      `${formatTable(live)}: ${expected} rows were written, but ${sums.rows} are there to be undone.`,
      {
        hint: 'Nothing was written. A trigger of the table writes rows of its own to it, or takes some away.',
      },
    )
  }
  return {
    table: formatTable(live),
    before: kept.before.name,
    made: kept.made.name,
    written: written.name,
    beforeRows: kept.beforeRows,
    madeRows: kept.madeRows,
    writtenRows: sums.rows,
    checksum: `${kept.checksum}/${sums.checksum}`,
    key: live.key,
    columns,
    madeColumns: kept.madeColumns,
  }
}

/**
 * Adds to an undo copy what the rows became, so that a later change of somebody can be told from the operation's own, and
 * closes it to everybody but its owner. Call it after the writes, in the same transaction.
 * Throws AppError `safety-copy-failed`.
 */
export async function keepWritten(scope: RowsScope, plan: RowsPlan, kept: KeptUndo): Promise<UndoCopy> {
  const tables: UndoTable[] = []
  for (const table of kept.tables) tables.push(await keepTable(scope, plan, table))
  await closeSchema(scope.sql, kept.schema)
  const [size] = await scope.sql.unsafe<{ bytes: string }[]>(
    `select coalesce(sum(pg_total_relation_size(c.oid)), 0)::text as bytes from pg_class c
      where c.relnamespace = to_regnamespace($1) and c.relkind = 'r'`,
    [kept.schema],
  )
  return { schema: kept.schema, tables, sizeBytes: Number(size!.bytes) }
}
