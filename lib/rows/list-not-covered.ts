import type { RowsScope } from '#lib/rows/types.ts'
import { formatTable, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const notCoveredSql = loadSql(new URL('./sql/not_covered.sql', import.meta.url))

type Kind =
  | 'materialized-view'
  | 'foreign-table'
  | 'extension-table'
  | 'unlogged-table'
  | 'inheritor'
  | 'large-objects'

interface NotCovered extends TableName {
  kind: Kind
  /** The extension, or the table that is inherited from. */
  other: string | null
}

const sentences: Record<Kind, (names: string) => string> = {
  'materialized-view': (names) => `Materialized views are not refreshed: ${names}. Refresh them afterwards.`,
  'foreign-table': (names) => `Foreign tables hold rows elsewhere and are left alone: ${names}.`,
  'extension-table': (names) => `Tables of extensions are left alone: ${names}.`,
  'unlogged-table': (names) =>
    `Unlogged tables come back, but a crash of the server empties them again: ${names}.`,
  inheritor: (names) => `Tables that inherit are restored on their own, and were not asked for: ${names}.`,
  'large-objects': (count) =>
    `Large objects are not restored: ${count} in this database. A whole archive has them.`,
}

const mostNames = 12

const nameOf = ({ kind, other, ...table }: NotCovered): string =>
  kind === 'large-objects' ? table.name : `${formatTable(table)}${other === null ? '' : ` (${other})`}`

/**
 * What a restore of these tables does not bring back although it hangs on them, and what no restore of rows does: a sentence
 * for each kind. Reads the catalog; temporary tables of other sessions are nobody else's business and not told.
 */
export async function listNotCovered(
  { sql }: Pick<RowsScope, 'sql'>,
  tables: readonly TableName[],
): Promise<string[]> {
  const rows = await sql.unsafe<NotCovered[]>(notCoveredSql, [tables.map(quoteTable) as never])
  return [...new Set(rows.map(({ kind }) => kind))].map((kind) => {
    const names = rows.filter((row) => row.kind === kind).map(nameOf)
    const more = names.length - mostNames
    return sentences[kind](
      [...names.slice(0, mostNames), ...(more > 0 ? [`and ${more} more`] : [])].join(', '),
    )
  })
}
