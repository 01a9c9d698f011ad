import type { Facts, TableFacts } from '#lib/facts/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'

export interface RehearsalEffect {
  table: string
  before: number | null
  after: number | null
  /** Columns that were there before and are not any more. */
  columnsLost: string[]
  /** Same columns, same number of rows, other content. */
  contentChanged: boolean
}

const changed = (before: TableFacts, after: TableFacts): RehearsalEffect | null => {
  const columnsLost = before.columns.filter((column) => !after.columns.includes(column))
  const sameColumns = before.columns.join('\n') === after.columns.join('\n')
  const contentChanged = sameColumns && before.rows === after.rows && before.checksum !== after.checksum
  if (before.rows === after.rows && columnsLost.length === 0 && !contentChanged) return null
  return { table: formatTable(before), before: before.rows, after: after.rows, columnsLost, contentChanged }
}

/** What running the migration did to each table of the copy, by the facts before and after. Untouched tables are left out. */
export function describeRehearsal(before: Facts, after: Facts): RehearsalEffect[] {
  const gone = before.tables.map((table) => {
    const match = after.tables.find((candidate) => sameTable(candidate, table))
    return match
      ? changed(table, match)
      : {
          table: formatTable(table),
          before: table.rows,
          after: null,
          columnsLost: table.columns,
          contentChanged: false,
        }
  })
  const made = after.tables
    .filter((table) => !before.tables.some((candidate) => sameTable(candidate, table)))
    .map((table) => ({
      table: formatTable(table),
      before: null,
      after: table.rows,
      columnsLost: [],
      contentChanged: false,
    }))
  return [...gone.filter((effect) => effect !== null), ...made]
}

/** Sentences for each way the effect loses data; empty when nothing was lost. */
export function listLosses(effects: readonly RehearsalEffect[]): string[] {
  return effects.flatMap((effect) => {
    if (effect.before === null) return []
    if (effect.after === null) return [`${effect.table} is gone with ${effect.before} rows`]
    const fewer =
      effect.after < effect.before ? [`${effect.table} has ${effect.before - effect.after} rows less`] : []
    const columns =
      effect.columnsLost.length > 0 ? [`${effect.table} lost ${effect.columnsLost.join(', ')}`] : []
    return [...fewer, ...columns]
  })
}

/** One line of evidence per touched table. */
export const formatEffect = (effect: RehearsalEffect): string => {
  const rows = `${effect.before ?? 'new'} → ${effect.after ?? 'gone'} rows`
  const columns = effect.columnsLost.length > 0 ? `, columns lost: ${effect.columnsLost.join(', ')}` : ''
  return `${effect.table}: ${rows}${columns}${effect.contentChanged ? ', content rewritten' : ''}`
}
