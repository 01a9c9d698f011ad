import type { PlannedTable, PlanSummary } from '#lib/operations/types.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { countWrites, listStatements } from '#lib/rows/apply-rows.ts'
import type { RowsPlan, TableComparison } from '#lib/rows/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** What a comparison means to people: the lines of a plan. */
export const plannedTables = (plan: RowsPlan): PlannedTable[] =>
  plan.tables.map((table) => ({
    table: formatTable(table.live),
    missing: table.missing.rows,
    changed: table.changed.rows,
    extra: table.extra.rows,
    newer: table.newer,
    samples: table.samples,
    notes: notesOf(table, plan),
  }))

function notesOf(table: TableComparison, { mode }: RowsPlan): string[] {
  const notes = [...table.notes]
  if (table.changedColumns.length > 0) {
    const columns = table.changedColumns.slice(0, 8).map(({ column, rows }) => `${column} (${rows})`)
    notes.push(
      `${mode === 'missing' ? 'Changed, and left as they are in live' : 'Put back to the values of the source'}: ${columns.join(', ')}.`,
    )
  }
  const newer = table.newer - table.kept
  if (mode !== 'missing' && newer > 0) {
    notes.push(
      `${plural(newer, 'row')} ${newer === 1 ? 'was' : 'were'} changed or made in live after the source’s moment; ${mode === 'all' ? 'those values and rows go' : 'changed values go'}.`,
    )
  }
  return notes
}

/** The locks that a run takes at its beginning and gives back at its end, as people read them. */
export const listLocks = ({ tables }: RowsPlan): string[] =>
  tables
    .map(
      ({ live }) =>
        `${formatTable(live)}: nobody else writes to it while it runs; reading goes on (share row exclusive)`,
    )
    .sort()

/** The summary of a plan that writes live tables. Pure. */
export function summarize(
  plan: RowsPlan,
  what: {
    label: string
    target: string
    warnings: string[]
    estimateMs: number
    /** What narrows the request. */
    filters?: readonly string[]
  },
): PlanSummary {
  const rows = countWrites(plan)
  const touched = plan.tables.filter(
    (table) =>
      table.missing.rows > 0 ||
      (plan.mode !== 'missing' && table.changed.rows > 0) ||
      (plan.mode === 'all' && table.extra.rows > 0),
  )
  const verb = {
    missing: 'Puts back',
    changed: 'Puts back and resets',
    all: plan.tables.some((table) => table.extra.rows > 0)
      ? 'Puts back, resets and deletes'
      : 'Puts back and resets',
  }[plan.mode]
  const only = what.filters && what.filters.length > 0 ? `; ${what.filters.join('; ')}` : ''
  return {
    sentence:
      rows === 0
        ? `Nothing to put back in ${what.target}: no row of ${what.label} is missing${only}.`
        : `${verb} ${plural(rows, 'row')} in ${plural(touched.length, 'table')} of ${what.target} from ${what.label}${only}.`,
    tables: plannedTables(plan),
    statements: listStatements(plan),
    warnings: what.warnings,
    locks: listLocks(plan),
    estimateMs: what.estimateMs,
    promisedRows: rows,
  }
}

/** What a person has to know before approving that live rows are written. */
export const warningsOf = (plan: RowsPlan, source: OpenSource): string[] => {
  const all = plan.tables.reduce(
    (sum, table) => ({
      extra: sum.extra + table.extra.rows,
      newer: sum.newer + table.newer - table.kept,
      changed: sum.changed + table.changed.rows,
    }),
    { extra: 0, newer: 0, changed: 0 },
  )
  if (plan.mode === 'all' && all.extra > 0)
    return [`Deletes ${plural(all.extra, 'row')} that ${source.label} does not have.`]
  if (plan.mode === 'missing' && all.changed > 0 && source.kept)
    return [
      `${plural(all.changed, 'overwritten row')} would stay as ${all.changed === 1 ? 'it is' : 'they are'}; choose “changed” to put ${all.changed === 1 ? 'its' : 'their'} values back.`,
    ]
  if (plan.mode !== 'missing' && all.newer > 0)
    return [`Overwrites rows that were changed in live after ${source.label}.`]
  return []
}
