import { eq, sql } from 'drizzle-orm'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { compareDatabases } from '#lib/drift/compare-databases.ts'
import { explainFailure } from '#lib/drift/explain-failure.ts'
import { forgetComparisons } from '#lib/drift/forget-comparisons.ts'
import { withBothTargets } from '#lib/drift/read-both.ts'
import type { ComparisonRequest, Found } from '#lib/drift/types.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'

/** How long a write may be under way from one database to the other before it counts as a difference. */
const usualSettleMs = 3_000

export interface ComparePayload {
  comparisons: ComparisonRequest[]
}

export interface ComparedTargets {
  comparisons: { comparisonId: string; inSync: boolean }[]
}

/**
 * Does what requestDriftComparison filed: each comparison is read, recorded and announced. One that fails is recorded as
 * failed, the others go on, and its error is thrown at the end. Safe to repeat: it reads both databases anew.
 */
export async function compareTargets(
  scope: JobScope,
  { comparisons }: ComparePayload,
  settleMs = usualSettleMs,
): Promise<ComparedTargets> {
  const done: ComparedTargets['comparisons'] = []
  const errors: AppError[] = []
  for (const request of comparisons) {
    try {
      done.push({ comparisonId: request.comparisonId, inSync: await compareOne(scope, request, settleMs) })
    } catch (thrown) {
      const error = explainFailure(scope.signal.aborted ? scope.signal.reason : thrown)
      // Whoever took the work over records the outcome.
      if (scope.signal.aborted && error.code !== 'cancelled') throw scope.signal.reason
      await recordFailure(scope, request, error)
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
  return { comparisons: done }
}

async function compareOne(scope: JobScope, request: ComparisonRequest, settleMs: number): Promise<boolean> {
  const { ctx } = scope
  const { comparisonId } = request
  const mine = eq(driftComparisons.id, comparisonId)
  scope.signal.throwIfAborted()
  const [row] = await ctx.db
    .update(driftComparisons)
    .set({ status: 'running', found: null, error: null })
    .where(mine)
    .returning()
  if (!row) throw new AppError('comparison-not-found', 'The comparison is not on record any more.')
  await announceChanges(ctx.db, ['drift'])
  await scope.phase('connect')
  const { document: policy } = await getPolicy(ctx.db, row.targetId)
  const read = await withBothTargets(ctx, row, (sessions) =>
    compareDatabases(scope, sessions, request, {
      rules: policy.references,
      settleMs,
      onTable: (found) => tell(scope, comparisonId, found),
    }),
  )
  await scope.assertHeld()
  await ctx.db
    .update(driftComparisons)
    .set({ ...read, status: 'compared', finishedAt: sql`now()` })
    .where(mine)
  await forgetComparisons(ctx.db, row.targetId)
  await announceChanges(ctx.db, ['drift'])
  await audit(scope, row, 'done', { comparisonId, inSync: read.inSync })
  return read.inSync
}

/** What is known so far, for those who watch. */
async function tell({ ctx }: JobScope, comparisonId: string, found: Found): Promise<void> {
  await ctx.db.update(driftComparisons).set({ found }).where(eq(driftComparisons.id, comparisonId))
  await announceChanges(ctx.db, ['drift'])
}

async function recordFailure(scope: JobScope, request: ComparisonRequest, error: AppError): Promise<void> {
  const { ctx } = scope
  const { code, message, hint } = error
  const [row] = await ctx.db
    .update(driftComparisons)
    .set({
      status: 'failed',
      finishedAt: sql`now()`,
      error: { code, message, hint },
    })
    .where(eq(driftComparisons.id, request.comparisonId))
    .returning()
  await announceChanges(ctx.db, ['drift'])
  if (row) await audit(scope, row, 'failed', { comparisonId: request.comparisonId, error: message })
}

/** What a schedule asks for every hour is its own record; an entry each would bury what people did. */
async function audit(
  { ctx }: JobScope,
  row: { targetId: string; requestedBy: string },
  outcome: 'done' | 'failed',
  detail: { comparisonId: string } & Record<string, unknown>,
): Promise<void> {
  if (row.requestedBy.startsWith('worker:')) return
  const target = await getTarget(ctx.db, row.targetId)
  await ctx.db.transaction((tx) =>
    appendAudit(tx, {
      actor: formatActor(ctx.actor),
      action: 'drift.compare',
      outcome,
      subject: `comparison:${detail.comparisonId}`,
      target: target.name,
      detail,
    }),
  )
}
