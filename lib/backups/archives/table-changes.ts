import type { Facts } from '#lib/facts/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

/** A table of a backup beside the same one in the backup before it. */
export interface TableChange {
  table: string
  rows: number
  checksum: string
  columns: number
  /** In the one before; null where it did not have the table, or there is none. */
  rowsBefore: number | null
  /** Against the one before: null without one. `changed`: as many rows, other content. */
  change: 'new' | 'more' | 'fewer' | 'changed' | 'same' | null
}

export interface FactsChange {
  tables: TableChange[]
  /** What the one before had and this one does not. */
  gone: { table: string; rows: number }[]
  rows: number
  rowsBefore: number | null
  schemaChanged: boolean | null
}

type Counted = Pick<Facts, 'tables' | 'schemaFingerprint'>

const sumRows = (facts: Counted): number => facts.tables.reduce((sum, { rows }) => sum + rows, 0)

/** What a backup holds beside what the one before it held, table by table in the order of the facts. */
export function changeOfFacts(facts: Counted, before: Counted | null): FactsChange {
  const earlier = new Map(before?.tables.map((table) => [formatTable(table), table]))
  const tables = facts.tables.map((one): TableChange => {
    const table = formatTable(one)
    const was = earlier.get(table)
    earlier.delete(table)
    const change = !before
      ? null
      : !was
        ? 'new'
        : was.rows !== one.rows
          ? one.rows > was.rows
            ? 'more'
            : 'fewer'
          : was.checksum === one.checksum
            ? 'same'
            : 'changed'
    return {
      table,
      rows: one.rows,
      checksum: one.checksum,
      columns: one.columns.length,
      rowsBefore: was?.rows ?? null,
      change,
    }
  })
  return {
    tables,
    gone: [...earlier].map(([table, { rows }]) => ({ table, rows })),
    rows: sumRows(facts),
    rowsBefore: before ? sumRows(before) : null,
    schemaChanged: before ? before.schemaFingerprint !== facts.schemaFingerprint : null,
  }
}
