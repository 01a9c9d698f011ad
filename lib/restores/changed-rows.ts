import { momentColumn } from '#lib/rows/map-columns.ts'
import { columnIn } from '#lib/rows/row-sql.ts'
import type { RowsPair } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, join } from '#lib/sql/fragment.ts'
import type { Column, Table } from '#lib/targets/types.ts'

type Only = NonNullable<RowsPair['only']>

/** The column that a filter by time goes by: when a row was last changed, else when it was made. Null where none tells. */
export const timeColumn = (table: Table): Column | null =>
  momentColumn(table, 'updated') ?? momentColumn(table, 'created')

/** The rows that their time column puts into this time, both ends included. */
export function changedRows(
  column: Column,
  { since, until }: { since?: string | undefined; until?: string | undefined },
): Only {
  const at = (moment: string): Fragment =>
    column.type.includes('without')
      ? fragment`(${bind(moment)}::timestamptz at time zone 'UTC')`
      : fragment`${bind(moment)}::timestamptz`
  return (alias) => {
    const mine = columnIn(alias, column.name)
    const parts = [
      ...(since ? [fragment`${mine} >= ${at(since)}`] : []),
      ...(until ? [fragment`${mine} <= ${at(until)}`] : []),
    ]
    return parts.length === 0 ? fragment`true` : fragment`coalesce(${join(parts, ' and ')}, false)`
  }
}
