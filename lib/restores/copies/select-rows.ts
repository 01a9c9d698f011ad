import { checksumOf, columnsIn, lineOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsMode, RowsPlan, RowsScope, RowsSource, TableComparison } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** A table that only the source has, with its rows. */
export interface LostTable {
  table: Table
  source: RowsSource
}

/** The rows of one table that go into a copy beside it. */
export interface RowsSelection {
  live: Table
  columns: string[]
  /** A query of these columns. */
  /** Of them: those that live does not have so any more. */
  dropped: string[]
  query: Fragment
  /** Whose columns tell the types: the live table's, or the source's where live has lost it. */
  typedBy: TableName
  /** Whether it holds rows that live has with other values. */
  resets: boolean
  rows: number
  checksum: string
}

/** What a copy holds: the missing rows; the changed ones too, as the source has them; or all that the source has. */
function selectionOf(
  { live, columns, missing, changed, asked, follows }: TableComparison,
  mode: RowsMode,
): Fragment {
  const absent = fragment`select ${columnsIn('m', columns)} from ${tableOf(missing.relation)} m`
  if (follows || mode === 'missing') return absent
  if (mode === 'changed')
    return live.key
      ? fragment`${absent} union all select ${columnsIn('m', columns)} from ${tableOf(changed.relation)} m`
      : absent
  const all = fragment`select ${columnsIn('s', columns)} from ${asked}`
  if (!live.key) return all
  // Rows that nobody asked for, but that others refer to.
  return fragment`${all} union all ${absent} where not exists (select from ${asked} and ${sameKey(live, live.key, 's', 'm')})`
}

/** The rows with the columns that only the source has; the key tells which are theirs. */
function withDropped({ live, columns, source, dropped }: TableComparison, rows: Fragment): Fragment {
  if (dropped.length === 0) return rows
  const key = columnsIn('p', live.key!)
  // A key that was made since may have several rows there.
  const once = fragment`(select distinct on (${key}) p.* from ${tableOf(source.relation)} p)`
  return fragment`select ${columnsIn('s', columns)}, ${columnsIn('p', dropped)} from (${rows}) s left join ${once} p on ${sameKey(live, live.key!, 's', 'p')}`
}

/** Counts and checksums a query's rows; the checksum does not depend on their order. */
export async function measureRows(
  scope: RowsScope,
  columns: readonly string[],
  from: Fragment,
): Promise<{ rows: number; checksum: string }> {
  const [row] = await runSql<{ rows: string; checksum: string }>(
    scope,
    fragment`select count(*)::text as rows, ${checksumOf(lineOf('s', columns))} as checksum from ${from} s`,
  )
  return { rows: Number(row!.rows), checksum: row!.checksum }
}

/** What a restore would copy, table by table; those without a row are left out. Reads only. */
export async function selectRows(
  scope: RowsScope,
  plan: RowsPlan,
  mode: RowsMode,
  lost: readonly LostTable[],
): Promise<RowsSelection[]> {
  const selections: RowsSelection[] = []
  const select = async (selection: Omit<RowsSelection, 'rows' | 'checksum'>) => {
    const { columns, query } = selection
    selections.push({ ...selection, ...(await measureRows(scope, columns, fragment`(${query})`)) })
  }
  for (const table of plan.tables) {
    const { live, source, dropped } = table
    const resets = mode !== 'missing' && table.changed.rows > 0
    const columns = [...table.columns, ...dropped]
    const query = withDropped(table, selectionOf(table, mode))
    await select({ live, columns, dropped, query, typedBy: source.relation, resets })
  }
  for (const { table, source } of lost) {
    const columns = source.columns.map(({ name }) => name)
    const query = fragment`select ${columnsIn('s', columns)} from ${tableOf(source.relation)} s`
    await select({ live: table, columns, dropped: [], query, typedBy: source.relation, resets: false })
  }
  return selections.filter(({ rows }) => rows > 0)
}
