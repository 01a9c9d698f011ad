import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withServerClaim } from '#lib/operations/claim-server.ts'
import { getKind, type OperationKinds } from '#lib/operations/kinds.ts'
import { claimInTarget, type Marker, readMarker } from '#lib/operations/markers.ts'
import { finalStatuses, type OperationRow } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import {
  type RunOutcome,
  recordDoubt,
  recordOutcome,
  toOperationError,
} from '#lib/operations/record-outcome.ts'
import { verifyOperation } from '#lib/operations/verify-operation.ts'
import { withTarget } from '#lib/targets/open-target.ts'

export interface Settled {
  operationId: string
  status: string
  result?: unknown
}

/** What a run ended as that has not written anything. */
export function outcomeWithoutCommit(cause: unknown): RunOutcome {
  if (cause === undefined) {
    return {
      status: 'failed',
      error: {
        code: 'interrupted',
        message: 'The process that ran it died before the target committed. Nothing was written.',
        hint: 'Request it again; the plan is computed anew.',
      },
    }
  }
  const error = toOperationError(cause)
  if (error.code === 'plan-stale') return { status: 'refused', error }
  if (error.code === 'cancelled') return { status: 'cancelled', error }
  return { status: 'failed', error: { ...error, hint: error.hint ?? 'Nothing was written.' } }
}

/**
 * Finds out from the target's marker what became of a run, and records it: committed → proven and succeeded,
 * else ended without having written anything. Never writes to the application's tables. Safe to repeat.
 * `cause` is what the run threw; without it the process died.
 */
export async function settleOperation(
  kinds: OperationKinds,
  scope: JobScope,
  operationId: string,
  cause?: unknown,
): Promise<Settled> {
  const { ctx } = scope
  const operation = await getOperationRow(ctx.db, operationId)
  if (finalStatuses.includes(operation.status)) return { operationId, status: operation.status }

  const marker = await askTarget(kinds, scope, operation)
  if (!marker.committed) {
    const outcome = outcomeWithoutCommit(cause)
    await recordOutcome(scope, operation, outcome)
    if (cause !== undefined) return { operationId, status: outcome.status }
    throw new AppError(outcome.error!.code, outcome.error!.message, { hint: outcome.error!.hint })
  }
  await recordOutcome(scope, operation, { status: 'verifying', result: marker.result })
  return withTarget(ctx, operation.targetId, 'restore', { purpose: `${operation.kind}-verify` }, (session) =>
    verifyOperation(getKind(kinds, operation.kind), { ctx, job: scope, session }, operation, marker.result),
  )
}

async function askTarget(kinds: OperationKinds, scope: JobScope, operation: OperationRow): Promise<Marker> {
  const { ctx } = scope
  const ask = (claim: boolean) =>
    withTarget(
      ctx,
      operation.targetId,
      'restore',
      { purpose: `${operation.kind}-settle` },
      async ({ sql }) => {
        if (claim) await claimInTarget(sql, operation.id)
        return readMarker(sql, operation.id)
      },
    )
  try {
    // Of a renaming the claim lies beside the database; whoever could still commit it is ended before the question.
    return kinds.find(({ kind }) => kind === operation.kind)?.replacesDatabase
      ? await withServerClaim(ctx, operation, () => ask(false))
      : await ask(true)
  } catch (error) {
    await recordDoubt(scope, operation, error)
    throw error
  }
}
