import { sourceRows } from '#lib/rows/read-source.ts'
import { columnList, columnsIn, noneIsNull, rowsOf, sameValues } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, rowsText, setNothingAside } from '#lib/rows/set-aside.ts'
import type { RowsMode, RowsPair, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import type { ForeignKey, Table } from '#lib/targets/types.ts'

/** Where rows of a table that nobody asked for can be read; null when the source does not have it. */
export type FindPair = (table: TableName) => Promise<RowsPair | null>

/** The columns of a foreign key on both ends, when the child's are among those that travel. */
export function endsOf(child: Aside, key: ForeignKey, parent: Table) {
  if (!key.columns.every((column) => child.columns.includes(column))) return null
  return {
    child: { alias: 'm' as const, columns: key.columns, table: child.live },
    live: { alias: 'l' as const, columns: key.referencedColumns, table: parent },
    source: { alias: 's' as const, columns: key.referencedColumns, table: parent },
    aside: { alias: 'p' as const, columns: key.referencedColumns, table: parent },
  }
}

const written = (aside: Aside, mode: RowsMode): TableName[] => [
  ...(aside.most.missing > 0 ? [aside.missing] : []),
  ...(mode !== 'missing' && aside.most.changed > 0 ? [aside.changed] : []),
]

/**
 * Adds the rows that the rows to be written refer to and that are missing in live themselves, from the same source, also
 * in tables that nobody asked for; and so on, until every reference that can be met is.
 */
export async function followKeys(
  scope: RowsScope,
  asides: Aside[],
  tables: readonly Table[],
  mode: RowsMode,
  findPair: FindPair,
): Promise<void> {
  const queue = [...asides]
  for (let child = queue.shift(); child; child = queue.shift()) {
    for (const key of child.live.foreignKeys) {
      const live = tables.find((table) => sameTable(table, key.references))
      const ends = live && endsOf(child, key, live)
      if (!ends) continue
      let parent = asides.find((aside) => sameTable(aside.live, live))
      let added = 0
      for (const relation of written(child, mode)) {
        const lacking = fragment`${noneIsNull('m', key.columns)} and not exists (select from ${rowsOf(live)} l where ${sameValues(ends.child, ends.live)})`
        if (!(await anyRow(scope, fragment`select from ${tableOf(relation)} m where ${lacking}`))) continue
        if (!parent) {
          const pair = await findPair(key.references)
          if (!pair) continue
          parent = await setNothingAside(scope, pair)
          asides.push(parent)
        }
        const result = await runSql(
          scope,
          fragment`insert into ${tableOf(parent.missing)} (${columnList(parent.columns)}) select ${columnsIn('s', parent.columns)} from ${sourceRows(parent, parent.source.beyond)} s
            where exists (select from ${tableOf(relation)} m where ${lacking} and ${sameValues(ends.child, ends.source)})
              and not exists (select from ${tableOf(parent.missing)} p where ${sameValues(ends.aside, ends.source)})`,
        )
        added += result.count
        parent.most.missing += result.count
      }
      if (parent && added > 0) {
        parent.notes.push(
          `${rowsText(added)} follow${added === 1 ? 's' : ''}, because ${formatTable(child.live)} refers to ${added === 1 ? 'it' : 'them'}.`,
        )
        queue.push(parent)
      }
    }
  }
}

const anyRow = async (scope: RowsScope, query: Fragment): Promise<boolean> => {
  const [row] = await runSql<{ any: boolean }>(scope, fragment`select exists (${query}) as any`)
  return row!.any
}
