import type { Observation } from './find-moment.ts'
import type { Source } from './types.ts'

/** How many rows a table had at a moment. */
export interface Count {
  table: string
  at: Date
  rows: number
  source: Extract<Source, 'row-counts' | 'backups'>
}

/** Rows that went at a moment: within a permit, or without one. */
export interface Deletion {
  table: string
  at: Date
  rows: number
  isPermitted: boolean
}

/** What the incident is about: in its tables every row that went since its beginning counts. */
export interface Trouble {
  lossAt: Date
  tables: ReadonlySet<string>
}

/** People delete rows on ordinary days. A drop is more than a twentieth of a table and more than a handful, or all of it. */
export const isSteep = (before: number, missing: number): boolean =>
  missing > 0 && (missing >= before || missing > Math.max(4, before * 0.05))

/**
 * What counts and journal say of each table over time. A count is ill when it shows a drop against the last that was well,
 * beyond what was permitted in between, until the rows are back. Where the journal saw every row of a drop go, the table
 * was well until the first of them went. A pure rule.
 */
export function judgeCounts(
  counts: readonly Count[],
  deletions: readonly Deletion[],
  trouble: Trouble,
): Observation[] {
  const byTable = Map.groupBy(counts, ({ table }) => table)
  const gone = Map.groupBy(deletions, ({ table }) => table)
  return [...byTable].flatMap(([table, ofTable]) =>
    judgeTable(table, ofTable, gone.get(table) ?? [], trouble),
  )
}

function judgeTable(
  table: string,
  counts: readonly Count[],
  deletions: readonly Deletion[],
  trouble: Trouble,
): Observation[] {
  const observations: Observation[] = []
  let wanted: Count | null = null
  let isWell = true
  for (const count of counts.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    if (wanted) {
      const { at: from, rows: before }: Count = wanted
      const between = deletions.filter(({ at }) => at > from && at <= count.at)
      const missing = before - count.rows - sumRows(between.filter(({ isPermitted }) => isPermitted))
      const isOfTrouble = trouble.tables.has(table) && count.at >= trouble.lossAt
      const isIll = isOfTrouble ? missing > 0 : isSteep(before, missing)
      if (isWell && isIll) observations.push(...untilFirstDelete(table, missing, between))
      isWell = !isIll
    }
    observations.push({ subject: table, at: count.at, isWell, source: count.source })
    if (isWell) wanted = count
  }
  return observations
}

/** The journal's word, when it saw the whole drop: well until just then. */
function untilFirstDelete(table: string, missing: number, between: readonly Deletion[]): Observation[] {
  const seen = between.filter(({ isPermitted }) => !isPermitted)
  const first = seen.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0]
  if (!first || sumRows(seen) < missing) return []
  const before = new Date(first.at.getTime() - 1)
  return [
    { subject: table, at: before, isWell: true, source: 'journal' },
    { subject: table, at: first.at, isWell: false, source: 'journal' },
  ]
}

const sumRows = (list: readonly Deletion[]): number => list.reduce((sum, { rows }) => sum + rows, 0)
