import type postgres from 'postgres'
import type { PlanSummary } from '#lib/operations/types.ts'
import { listCopyStatements } from '#lib/restores/copies/copy-rows.ts'
import { restoredSchema } from '#lib/restores/copies/restored-copies.ts'
import type { RowsSelection } from '#lib/restores/copies/select-rows.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { plannedTables, plural } from '#lib/restores/summarize-plan.ts'
import type { RowsMode, RowsPlan } from '#lib/rows/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

const day = (moment: string): string => `${new Date(moment).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** What narrows a request, as the end of its plan's sentence. Empty: nothing does. Pure. */
export function describeFilters({ picked, organization, changed, renamed }: RestoreRequest): string[] {
  const filters: string[] = []
  const keys = picked.reduce((sum, { keys: one }) => sum + one.length, 0)
  if (keys > 0) filters.push(`only ${plural(keys, 'picked row')}`)
  if (organization)
    filters.push(
      `only the organisation ${organization.key}${organization.membership ? ` (${organization.membership})` : ''}`,
    )
  if (changed?.since && changed.until)
    filters.push(`only rows changed from ${day(changed.since)} to ${day(changed.until)}`)
  else if (changed?.since) filters.push(`only rows changed since ${day(changed.since)}`)
  else if (changed?.until) filters.push(`only rows changed until ${day(changed.until)}`)
  for (const [table, columns] of Object.entries(renamed))
    for (const [now, then] of Object.entries(columns)) filters.push(`${table}.${now} from the column ${then}`)
  return filters
}

const chosenAs: Record<RowsMode, string> = {
  missing: 'that live lacks',
  changed: 'that live lacks or has changed',
  all: 'of it',
}

/** The summary of a plan that makes tables beside the originals. Only reads. */
export async function summarizeCopy(
  transaction: postgres.TransactionSql,
  plan: RowsPlan,
  selections: readonly RowsSelection[],
  what: {
    operationId: string
    label: string
    target: string
    filters: readonly string[]
    mode: RowsMode
    warnings: readonly string[]
    estimateMs: number
  },
): Promise<PlanSummary> {
  const rows = selections.reduce((sum, selection) => sum + selection.rows, 0)
  const { label, target, mode } = what
  const schema = restoredSchema(what.operationId)
  const only = what.filters.length > 0 ? `; ${what.filters.join('; ')}` : ''
  const [published] = await transaction.unsafe<{ names: string[] | null }[]>(
    'select array_agg(pubname::text order by pubname) as names from pg_catalog.pg_publication where puballtables',
  )
  const names = published!.names ?? []
  return {
    sentence:
      rows === 0
        ? `Nothing to copy: no row of ${label} is missing in ${target}${only}.`
        : `Copies ${plural(rows, 'row')} of ${plural(selections.length, 'table')} ${chosenAs[mode]} from ${label} into the schema ${schema} of ${target}${only}. The live tables stay as they are.`,
    tables: [
      ...plannedTables({ ...plan, mode: 'missing' }).map((table) => {
        const copied = selections.find(({ live }) => formatTable(live) === table.table)?.rows ?? 0
        const notes = table.notes.filter((note) => !note.startsWith('Changed, and left as they are in live'))
        return {
          ...table,
          notes:
            copied === 0
              ? notes
              : [`${plural(copied, 'row')} ${copied === 1 ? 'goes' : 'go'} into the copy.`, ...notes],
        }
      }),
      ...selections
        .filter(({ live }) => live.columns.length === 0)
        .map(({ live, rows: lost }) => ({
          table: formatTable(live),
          missing: lost,
          changed: 0,
          extra: 0,
          newer: 0,
          samples: [],
          notes: [
            `Live has no such table any more; ${plural(lost, 'row')} ${lost === 1 ? 'goes' : 'go'} into the copy. Make the table again before you move them.`,
          ],
        })),
    ],
    statements: rows === 0 ? [] : listCopyStatements(what.operationId, selections),
    warnings: [
      ...what.warnings,
      ...(names.length > 0 && rows > 0
        ? [
            `${names.join(', ')} publish${names.length === 1 ? 'es' : ''} every table: a subscriber stops at the copy’s, which it does not have. Restore in place instead, or make the tables there first.`,
          ]
        : []),
    ],
    locks: ['No lock on the live tables: everybody goes on reading and writing.'],
    estimateMs: what.estimateMs,
    promisedRows: rows,
  }
}
