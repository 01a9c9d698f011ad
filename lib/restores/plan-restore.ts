import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Operation, PlannedOperation } from '#lib/operations/types.ts'
import { assertNotSubscribed, assertWritable } from '#lib/restores/assert-writable.ts'
import { type ChosenRows, chooseRows, namedTables } from '#lib/restores/choose-rows.ts'
import { bindingOf, compareSource } from '#lib/restores/compare-source.ts'
import { copyBinding } from '#lib/restores/copies/copy-rows.ts'
import { selectRows } from '#lib/restores/copies/select-rows.ts'
import { describeFilters, summarizeCopy } from '#lib/restores/copies/summarize-copy.ts'
import { estimateRun, listPastRuns } from '#lib/restores/estimate-run.ts'
import { explainLock } from '#lib/restores/explain-lock.ts'
import type { RestoreRequest } from '#lib/restores/input.ts'
import { listLacks } from '#lib/restores/list-lacks.ts'
import { listUncovered } from '#lib/restores/list-uncovered.ts'
import { withSource } from '#lib/restores/open-source.ts'
import { summarize, warningsOf } from '#lib/restores/summarize-plan.ts'
import type { OpenSource, RestorePlan } from '#lib/restores/types.ts'
import { countWrites } from '#lib/rows/apply-rows.ts'
import type { RowsMode, RowsPlan } from '#lib/rows/types.ts'
import { formatTable, parseTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import type { Table, TargetSession } from '#lib/targets/types.ts'

const samplesPerKind = 5
/** Enough to pick rows from, where one table is looked at. */
const samplesOfOneTable = 50

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

/** How the engine compares: a copy takes rows of live no notice, so nothing that live changed since holds it back. */
export const comparedMode = ({ rows, into }: Pick<RestoreRequest, 'rows' | 'into'>): RowsMode =>
  into === 'copy' && rows !== 'missing' ? 'all' : rows

/** Says with each table how its rows were chosen. */
const withNotes = (plan: RowsPlan, { notes }: ChosenRows): RowsPlan => {
  const more = (table: RowsPlan['tables'][number]) => ({
    ...table,
    notes: [...(table.follows ? [] : (notes.get(formatTable(table.live)) ?? [])), ...table.notes],
  })
  return { ...plan, tables: plan.tables.map(more), deleteOrder: plan.deleteOrder.map(more) }
}

interface Planning {
  ctx: Ctx
  job: JobScope
  operation: Operation<RestoreRequest, RestorePlan>
  session: TargetSession
  begunAt: number
}

/** Computes what a restore would write; reads the target and the source, and writes to neither. */
export function planRestore(
  ctx: Ctx,
  job: JobScope,
  operation: Operation<RestoreRequest, RestorePlan>,
): Promise<PlannedOperation<RestorePlan>> {
  const { request, targetId } = operation
  const begunAt = Date.now()
  const names = namedTables(request)
  return withTarget(ctx, targetId, 'restore', { purpose: 'restore-plan' }, async (session) => {
    await assertWritable(ctx, session)
    const tables = names.flatMap((text) => parseTable(text) ?? [])
    return explainLock({ ctx, session }, { tables, to: 'read' }, () =>
      withSource(
        job,
        targetId,
        request.source,
        session.sql,
        (source) => planFrom({ ctx, job, operation, session, begunAt }, source, names),
        tables,
      ),
    )
  })
}

async function planFrom(
  planning: Planning,
  source: OpenSource,
  names: readonly string[],
): Promise<PlannedOperation<RestorePlan>> {
  const { ctx, job, operation, session } = planning
  const { request, targetId } = operation
  const { sql } = session
  const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
  const { document: policy } = await getPolicy(ctx.db, targetId)
  const chosen = await chooseRows(sql, source, request, { live, policy, names })
  await job.phase('compare', chosen.pairs.length)
  return inRolledBack(sql, async (transaction) => {
    const compared = await compareSource(transaction, job, source, chosen.pairs, {
      mode: comparedMode(request),
      live,
      samples: chosen.pairs.length === 1 && names.length === 1 ? samplesOfOneTable : samplesPerKind,
      beside: request.into === 'copy',
    })
    const plan = withNotes(compared, chosen)
    if (request.into === 'place')
      await assertNotSubscribed(
        transaction,
        plan.tables.map(({ live: table }) => table),
      )
    return describe(planning, { transaction, source, live, chosen, plan, names })
  })
}

interface Compared {
  transaction: postgres.TransactionSql
  source: OpenSource
  live: readonly Table[]
  chosen: ChosenRows
  plan: RowsPlan
  names: readonly string[]
}

async function describe(
  { ctx, job, operation, session: { target }, begunAt }: Planning,
  { transaction, source, live, chosen, plan, names }: Compared,
): Promise<PlannedOperation<RestorePlan>> {
  const { request, targetId, kind } = operation
  const { into } = request
  const selections =
    into === 'copy'
      ? await selectRows({ sql: transaction, signal: job.signal }, plan, request.rows, chosen.lost)
      : null
  const rows = selections ? selections.reduce((sum, selection) => sum + selection.rows, 0) : countWrites(plan)
  const past = await listPastRuns(ctx.db, { targetId, kind, into })
  const estimate = estimateRun(rows, Date.now() - begunAt, past)
  const lacks = await listLacks(ctx.db, targetId, source)
  const what = {
    label: source.label,
    target: target.name,
    filters: describeFilters(request),
    estimateMs: estimate.estimateMs,
  }
  const summary = selections
    ? await summarizeCopy(transaction, plan, selections, {
        ...what,
        operationId: operation.id,
        warnings: lacks,
        mode: request.rows,
      })
    : summarize(plan, { ...what, warnings: [...lacks, ...warningsOf(plan, source)] })
  const notCovered = await listUncovered(transaction, { source, live, plan, wanted: names, into })
  return {
    plan: {
      source: request.source,
      mode: request.rows,
      into,
      chosen: [...chosen.tables, ...chosen.lost.map(({ table }) => table)].map(nameOf),
      tables: plan.tables.map((table) => nameOf(table.live)),
      ...(source.kept ? { kept: source.kept } : {}),
      summary: { ...summary, ...estimate, notCovered: [...chosen.leftOut, ...notCovered] },
    },
    binding: selections
      ? copyBinding(source.identity, request.rows, selections)
      : bindingOf(source.identity, plan),
    needsApproval: target.environment === 'production',
  }
}
