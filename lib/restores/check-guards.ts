import { eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { findGuardRecord } from '#lib/guards/keep-guard-record.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import { surveyGuards } from '#lib/guards/survey-guards.ts'
import { isGuarding, type TableGuard } from '#lib/guards/types.ts'
import type { VerifyScope } from '#lib/operations/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { protectedTables } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'

export interface CheckedGuards {
  /** The guards of the touched tables that the policy protects, as they are after the run. */
  guards: TableGuard[]
  /** Of those: which guarded before and do not any more. */
  lost: TableGuard[]
}

/**
 * Looks whether the guards of touched tables still stand. One that was missing or damaged before the run began is told,
 * but is not the run's doing. Only reads.
 */
export async function checkGuards(
  { ctx, session }: VerifyScope,
  operationId: string,
  touched: readonly string[],
): Promise<CheckedGuards> {
  const targetId = session.target.id
  const { document } = await getPolicy(ctx.db, targetId)
  const names = protectedTables(document).map(formatTable)
  const about = names.filter((name) => touched.includes(name))
  if (about.length === 0) return { guards: [], lost: [] }
  const [operation] = await ctx.db
    .select({ startedAt: operations.startedAt })
    .from(operations)
    .where(eq(operations.id, operationId))
  const before = (await listGuardStates(ctx.db, targetId)).filter(
    ({ verifiedAt }) => !operation?.startedAt || verifiedAt <= operation.startedAt,
  )
  const record = await findGuardRecord(ctx.db, targetId)
  const { report } = await withTarget(
    ctx,
    targetId,
    'watch',
    { purpose: 'restore-guards', statementTimeoutMs: 20_000 },
    ({ sql }) => surveyGuards(ctx, targetId, sql, document),
  )
  const guards = report.tables.filter(({ table }) => about.includes(table))
  const stood = (table: string) => {
    const known = before.find((state) => state.table === table)
    return known ? isGuarding(known.state) : record?.prints[`guard of ${table}`] !== undefined
  }
  return { guards, lost: guards.filter(({ table, state }) => !isGuarding(state) && stood(table)) }
}
