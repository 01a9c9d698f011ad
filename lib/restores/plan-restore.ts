import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation, PlannedTable, PlanSummary } from '#lib/operations/types.ts'
import { bindingOf, bringAll, chooseTables, compareSource } from '#lib/restores/compare-source.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { listLacks } from '#lib/restores/list-lacks.ts'
import { withSource } from '#lib/restores/open-source.ts'
import type { OpenSource, RestorePlan } from '#lib/restores/types.ts'
import { countWrites, listStatements } from '#lib/rows/apply-rows.ts'
import type { RowsPlan, TableComparison } from '#lib/rows/types.ts'
import { formatTable, parseTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const samplesPerKind = 5
/** Measured at 25,000 to 60,000 rows a second on two shared cores; the slower one promises less. */
const rowsPerSecond = 20_000

class RolledBack extends Error {}

/** Runs `work` in a transaction that can read and make temporary tables, and is always rolled back. */
export async function inRolledBack<T>(
  sql: postgres.Sql,
  work: (transaction: postgres.TransactionSql) => Promise<T>,
): Promise<T> {
  let result: { value: T } | null = null
  try {
    await sql.begin('isolation level repeatable read', async (transaction) => {
      result = { value: await work(transaction) }
      throw new RolledBack()
    })
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error
  }
  return result!.value
}

const nameOf = ({ schema, name }: TableName): TableName => ({ schema, name })

const plural = (count: number, noun: string): string =>
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

export function summarize(
  plan: RowsPlan,
  what: { label: string; target: string; warnings: string[]; estimateMs: number },
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
  return {
    sentence:
      rows === 0
        ? `Nothing to put back in ${what.target}: no row of ${what.label} is missing.`
        : `${verb} ${plural(rows, 'row')} in ${plural(touched.length, 'table')} of ${what.target} from ${what.label}.`,
    tables: plannedTables(plan),
    statements: listStatements(plan),
    warnings: what.warnings,
    estimateMs: what.estimateMs,
    promisedRows: rows,
  }
}

const warningsOf = (plan: RowsPlan, source: OpenSource): string[] => {
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

/** Computes what a restore would write; reads the target and the source, and writes to neither. */
export function planRestore(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<RestoreRequest, RestorePlan>,
): Promise<PlannedOperation<RestorePlan>> {
  const { request, targetId } = operation
  const begunAt = Date.now()
  return withTarget(ctx, targetId, 'restore', { purpose: 'restore-plan' }, ({ sql, target }) =>
    withSource(
      job,
      targetId,
      request.source,
      sql,
      async (source) => {
        const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
        const { tables: chosen, warnings } = chooseTables(live, source, request.tables)
        const pairs = await bringAll(sql, source, chosen)
        await job.phase('compare', pairs.length)
        return inRolledBack(sql, async (transaction) => {
          const plan = await compareSource(transaction, job, source, pairs, {
            mode: request.rows,
            live,
            samples: samplesPerKind,
          })
          // The run reads everything once more, copies the tables for safety, and writes.
          const estimateMs =
            (Date.now() - begunAt) * 2 + Math.ceil((countWrites(plan) / rowsPerSecond) * 1000)
          return {
            plan: {
              source: request.source,
              mode: request.rows,
              chosen: chosen.map(nameOf),
              tables: plan.tables.map((table) => nameOf(table.live)),
              ...(source.kept ? { kept: source.kept } : {}),
              summary: summarize(plan, {
                label: source.label,
                target: target.name,
                warnings: [
                  ...warnings,
                  ...(await listLacks(ctx.db, targetId, source)),
                  ...warningsOf(plan, source),
                ],
                estimateMs,
              }),
            },
            binding: bindingOf(source.identity, plan),
            needsApproval: target.environment === 'production',
          }
        })
      },
      request.tables.flatMap((text) => parseTable(text) ?? []),
    ),
  )
}
