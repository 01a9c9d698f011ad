import { compareFacts } from '#lib/facts/compare-facts.ts'
import type { Facts, TableFacts } from '#lib/facts/types.ts'
import type { PlannedTable } from '#lib/operations/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

export interface RowCountDifference {
  table: string
  /** Null: the table is not there. */
  archive: number | null
  live: number | null
}

export interface ArchiveComparison {
  tables: RowCountDifference[]
  /** Definitions, constraints and extensions that differ, as their subjects. */
  definitions: string[]
  /** Rows that live has more, over the tables that have more; and those that it has fewer. */
  more: number
  fewer: number
}

/**
 * How a database differs from an archive by the facts of both: which tables, by how many rows, and which definitions.
 * Sequences are left out: they move on wherever anybody works, and say nothing about rows. Pure.
 */
export function compareWithArchive(archive: Facts, live: Facts): ArchiveComparison {
  const differences = compareFacts(archive, live, { definitions: 'reloaded' })
  const isAboutTable = ({ kind }: { kind: string }) =>
    ['rows', 'checksum', 'missing', 'unexpected'].includes(kind)
  const byName = (tables: readonly TableFacts[]) =>
    new Map(tables.map((table) => [formatTable(table), table.rows]))
  const [before, now] = [byName(archive.tables), byName(live.tables)]
  const tables = differences.filter(isAboutTable).map(({ subject }) => ({
    table: subject,
    archive: before.get(subject) ?? null,
    live: now.get(subject) ?? null,
  }))
  const sum = (of: (one: RowCountDifference) => number) =>
    tables.reduce((total, one) => total + Math.max(of(one), 0), 0)
  return {
    tables: tables.sort((a, b) => (a.table < b.table ? -1 : 1)),
    definitions: differences
      .filter((one) => !isAboutTable(one) && one.kind !== 'sequence')
      .map(({ subject }) => subject)
      .sort(),
    more: sum(({ archive, live }) => (live ?? 0) - (archive ?? 0)),
    fewer: sum(({ archive, live }) => (archive ?? 0) - (live ?? 0)),
  }
}

const count = (rows: number, noun = 'row') => `${rows.toLocaleString('en')} ${noun}${rows === 1 ? '' : 's'}`

function noteOf({ archive, live }: RowCountDifference): string {
  if (archive === null) return `Only in live, with ${count(live!)}.`
  if (live === null) return `Only in the archive, with ${count(archive)}.`
  return archive === live
    ? `As many rows (${live.toLocaleString('en')}), other content: rows were changed, or replaced.`
    : `${count(archive)} in the archive, ${live.toLocaleString('en')} in live.`
}

/** The lines of a plan; by counts alone, so that a table that lost some rows and won as many shows neither. */
export const plannedDifferences = ({ tables }: ArchiveComparison): PlannedTable[] =>
  tables.map((one) => ({
    table: one.table,
    missing: Math.max((one.archive ?? 0) - (one.live ?? 0), 0),
    changed: 0,
    extra: 0,
    newer: Math.max((one.live ?? 0) - (one.archive ?? 0), 0),
    samples: [],
    notes: [noteOf(one)],
  }))

const shownTables = 3

/** `salon has 3,411 rows that the archive does not: public.orders (3,000), …`. Null where it has none. */
export function sayNewer(name: string, { tables, more }: ArchiveComparison): string | null {
  if (more === 0) return null
  const rows = ({ archive, live }: RowCountDifference) => (live ?? 0) - (archive ?? 0)
  const most = tables.filter((one) => rows(one) > 0).sort((a, b) => rows(b) - rows(a))
  const shown = most.slice(0, shownTables).map((one) => `${one.table} (${rows(one).toLocaleString('en')})`)
  return `By its counts, “${name}” has ${count(more)} that the archive does not: ${shown.join(', ')}${most.length > shownTables ? ', …' : ''}.`
}

/**
 * What an approval of leaving this database is bound to: which tables and definitions differ from the archive, not by how
 * much. A living system goes on writing where it wrote before; that it begins to write elsewhere was not approved.
 */
export const boundDifferences = ({ tables, definitions }: ArchiveComparison) => ({
  tables: tables.map(({ table }) => table),
  definitions,
})
