import { conflict, type PreparedTable } from '#lib/restores/undo/prepare-undo.ts'
import { columnIn, columnsIn, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { valuesOf } from '#lib/rows/sample-rows.ts'
import { keyText } from '#lib/rows/set-aside.ts'
import type { RowSample, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'

type Values = Record<string, string | null>

const keyValues = (alias: 'm', key: readonly string[]): Fragment =>
  fragment`array[${join(
    key.map((column) => fragment`${columnIn(alias, column)}::text`),
    ', ',
  )}]`

const differing = (row: Values | null, other: Values | null): Values | undefined => {
  if (!row) return undefined
  return Object.fromEntries(
    Object.entries(row).filter(([column, value]) => !other || other[column] !== value),
  )
}

/** A few of the rows that somebody changed after the operation: as they were before it, and as they are. */
export async function sampleConflicts(
  scope: RowsScope,
  { live, back, goes, table }: PreparedTable,
  limit: number,
): Promise<RowSample[]> {
  if (!live.key) return []
  const key = live.key
  const columns = table.kept.columns
    .filter((column) => !column.isComputed && live.columns.some((one) => one.name === column.name))
    .map((column) => column.name)
  const top = integer(limit)
  const query = (from: Fragment, backup: Fragment) =>
    runSql<{ key: string; keyValues: string[]; backup: Values | null; live: Values | null }>(
      scope,
      fragment`select ${keyText('m', key)} as key, ${keyValues('m', key)} as "keyValues", ${backup} as backup,
        case when l.${name(key[0]!)} is null then null else ${valuesOf('l', columns)} end as live
        from ${from} m left join ${rowsOf(live)} l on ${sameKey(live, key, 'l', 'm')}
        where m.${conflict} is not null order by ${columnsIn('m', key)} limit ${top}`,
    )
  const rows = [
    ...(await query(tableOf(back), valuesOf('m', columns))),
    ...(await query(tableOf(goes), fragment`null::jsonb`)),
  ]
  return rows.slice(0, limit).map((row) => {
    const before = differing(row.backup, row.live)
    const now = differing(row.live, row.backup)
    return {
      kind: 'newer',
      key: row.key,
      keyValues: row.keyValues,
      ...(before ? { backup: before } : {}),
      ...(now ? { live: now } : {}),
    }
  })
}
