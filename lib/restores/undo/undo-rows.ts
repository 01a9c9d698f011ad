import type { UndoColumn } from '#lib/restores/undo/undo-schema.ts'
import { checksumOf, columnIn, columnsIn, lineOf, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPlan, RowsScope, SetAside, TableComparison } from '#lib/rows/types.ts'
import { type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Columns of an undo copy beside the table's own. */
export const undoFacts = {
  /** overwritten or deleted. */
  act: 'holdfast_act',
  /** Hash of the row as the operation left it. */
  hash: 'holdfast_hash',
} as const

/** As literals: a statement that makes a table takes no parameters. */
export const undoActs = {
  overwritten: fragment`'overwritten'::text`,
  deleted: fragment`'deleted'::text`,
} as const

const hashSeed = 6_402_283_117_201_373

/** The sets that a plan of this mode writes. */
export function writtenSets(
  { mode }: Pick<RowsPlan, 'mode'>,
  { missing, changed, extra }: TableComparison,
): { inserted: SetAside; overwritten: SetAside | null; deleted: SetAside | null } {
  return {
    inserted: missing,
    overwritten: mode !== 'missing' && changed.rows > 0 ? changed : null,
    deleted: mode === 'all' && extra.rows > 0 ? extra : null,
  }
}

/** The columns that tell one state of a row from another; computed ones follow from them. */
export const tellingColumns = (columns: readonly UndoColumn[]): string[] =>
  columns.filter(({ isComputed }) => !isComputed).map((column) => column.name)

export const hashOf = (alias: 'l' | 's', columns: readonly string[]): Fragment =>
  fragment`hashtextextended(${lineOf(alias, columns)}, ${integer(hashSeed)})`

/** Columns of a live row as the copy keeps them. */
export const keptColumns = (alias: 'l' | 'm', columns: readonly UndoColumn[]): Fragment =>
  join(
    columns.map((column) =>
      column.isText
        ? fragment`${columnIn(alias, column.name)}::text collate "C" as ${name(column.name)}`
        : columnIn(alias, column.name),
    ),
    ', ',
  )

/** The live rows that a set of a comparison names. */
export const liveRowsOf = (live: Table, set: SetAside): Fragment =>
  live.key
    ? fragment`${tableOf(set.relation)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}`
    : fragment`${tableOf(set.relation)} m join ${rowsOf(live)} l on l.tableoid = m.holdfast_relation and l.ctid = m.holdfast_place`

/** Whole live rows that a plan overwrites or deletes. */
export function rowsBefore(
  plan: RowsPlan,
  table: TableComparison,
  columns: readonly UndoColumn[],
): { query: Fragment; rows: number } {
  const { overwritten, deleted } = writtenSets(plan, table)
  const part = (set: SetAside, act: Fragment) =>
    fragment`select ${act} as ${name(undoFacts.act)}, ${keptColumns('l', columns)} from ${liveRowsOf(table.live, set)}`
  const parts = [
    ...(overwritten ? [part(overwritten, undoActs.overwritten)] : []),
    ...(deleted ? [part(deleted, undoActs.deleted)] : []),
  ]
  const none = fragment`select ${undoActs.deleted} as ${name(undoFacts.act)}, ${keptColumns('l', columns)} from ${rowsOf(table.live)} l where false`
  return {
    query: parts.length > 0 ? join(parts, ' union all ') : none,
    rows: (overwritten?.rows ?? 0) + (deleted?.rows ?? 0),
  }
}

/** Count and order-independent checksum of whatever a query returns. */
export async function sumQuery(
  scope: RowsScope,
  query: Fragment,
  columns: readonly string[],
): Promise<{ rows: number; checksum: string }> {
  const [row] = await runSql<{ rows: string; checksum: string }>(
    scope,
    fragment`select count(*)::text as rows, ${checksumOf(lineOf('s', columns))} as checksum from (${query}) s`,
  )
  return { rows: Number(row!.rows), checksum: row!.checksum }
}

export const sumTable = (scope: RowsScope, table: TableName, columns: readonly string[]) =>
  sumQuery(scope, fragment`select ${columnsIn('m', columns)} from ${tableOf(table)} m`, columns)
