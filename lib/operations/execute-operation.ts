import { sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withServerClaim } from '#lib/operations/claim-server.ts'
import { fingerprintOf } from '#lib/operations/fingerprint.ts'
import { getKind, type OperationKinds } from '#lib/operations/kinds.ts'
import {
  claimInTarget,
  installMarkers,
  placeMarker,
  readMarker,
  writeMarker,
} from '#lib/operations/markers.ts'
import { finalStatuses, type OperationRow } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { recordOutcome, returnToApproved } from '#lib/operations/record-outcome.ts'
import { outcomeWithoutCommit, type Settled, settleOperation } from '#lib/operations/settle-operation.ts'
import type { OperationKind, RunScope } from '#lib/operations/types.ts'
import { verifyOperation } from '#lib/operations/verify-operation.ts'
import { type HeldTarget, withTargetHold } from '#lib/targets/hold-target.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import type { TargetSession } from '#lib/targets/types.ts'

const holdWaitMs = 5_000

export interface RunPayload {
  operationId: string
  /** Set by the reconciliation: never write, only find out what happened. */
  settleOnly?: boolean
}

/**
 * Does what was approved: holds the target, lets the kind write in one transaction that also leaves the marker, then
 * proves the result. After a crash it never writes again: it reads the marker and records what happened.
 */
export async function executeOperation(
  kinds: OperationKinds,
  scope: JobScope,
  { operationId, settleOnly = false }: RunPayload,
): Promise<Settled> {
  const operation = await getOperationRow(scope.ctx.db, operationId)
  if (finalStatuses.includes(operation.status)) return { operationId, status: operation.status }
  if (operation.runJobRunId !== scope.jobRunId) {
    throw new AppError('job-mismatch', 'Another job runs this operation.')
  }
  if (settleOnly || scope.attempt > 1 || operation.status !== 'running') {
    return settleOperation(kinds, scope, operationId)
  }
  const progress = { begun: false }
  try {
    await scope.phase('hold')
    await assertInTime(scope, operation)
    return await holdAndRun(getKind(kinds, operation.kind), scope, operation, progress)
  } catch (error) {
    // Whoever took the work over settles it; this process has nothing to say any more.
    if (scope.signal.aborted && codeOf(scope.signal.reason) !== 'cancelled') throw error
    if (codeOf(error) === 'target-busy') {
      await returnToApproved(scope, operation, error as AppError)
      throw error
    }
    if (codeOf(error) === 'run-too-late') {
      await recordOutcome(scope, operation, { status: 'expired', error: lateError })
      throw error
    }
    const cause = scope.signal.aborted ? scope.signal.reason : error
    if (!progress.begun) {
      await recordOutcome(scope, operation, outcomeWithoutCommit(cause))
      throw error
    }
    // An error says nothing about the commit (the connection may have been cut after it); only the marker does.
    const settled = await settleOperation(kinds, scope, operationId, cause)
    if (settled.status === 'succeeded') return settled
    throw error
  }
}

const codeOf = (error: unknown): string | null => (error instanceof AppError ? error.code : null)

const lateError = {
  code: 'run-too-late',
  message: 'No worker took the run in time. Nothing was written.',
  hint: 'Request it again when a worker is running.',
}

/** The press came in time, but the work may have waited in the queue; a minute is left for the hand-over. */
async function assertInTime({ ctx }: JobScope, operation: OperationRow): Promise<void> {
  const [row] = await ctx.db
    .select({ late: sql<boolean>`${operations.runBy} + interval '1 minute' < now()` })
    .from(operations)
    .where(sql`${operations.id} = ${operation.id}`)
  if (row?.late)
    throw new AppError(lateError.code, lateError.message, { kind: 'refused', hint: lateError.hint })
}

function holdAndRun(
  kind: OperationKind,
  scope: JobScope,
  operation: OperationRow,
  progress: { begun: boolean },
): Promise<Settled> {
  const { ctx } = scope
  const hold = {
    targetId: operation.targetId,
    purpose: operation.kind,
    subjectId: operation.id,
    mode: kind.hold ?? ('write' as const),
    waitMs: holdWaitMs,
    signal: scope.signal,
  }
  if (kind.replacesDatabase) {
    return withTargetHold(ctx, hold, (held) =>
      withServerClaim(ctx, operation, (session) =>
        runAndVerify(kind, scope, operation, { session, held, progress }),
      ),
    )
  }
  return withTargetHold(ctx, hold, (held) =>
    withTarget(ctx, operation.targetId, 'restore', { purpose: `${operation.kind}-run` }, (session) =>
      runAndVerify(kind, scope, operation, { session, held, progress }),
    ),
  )
}

async function runAndVerify(
  kind: OperationKind,
  scope: JobScope,
  operation: OperationRow,
  { session, held, progress }: { session: TargetSession; held: HeldTarget; progress: { begun: boolean } },
): Promise<Settled> {
  const { ctx } = scope
  await scope.assertHeld()
  if (!kind.replacesDatabase) {
    await installMarkers(session.sql)
    await claimInTarget(session.sql, operation.id)
  }
  const runScope: RunScope = {
    ctx,
    job: scope,
    session,
    assertSamePlan(binding) {
      if (fingerprintOf(operation, binding) === operation.fingerprint) return
      throw new AppError('plan-stale', 'The database changed since the plan was approved.', {
        kind: 'refused',
        hint: 'Nothing was written. Request it again and look at the new plan.',
      })
    },
    async assertHeld() {
      await scope.assertHeld()
      await held.assertHeld()
    },
    async leaveMarker(transaction, result) {
      // Fenced on both sides: the lease and the hold in our store, the claim in the target.
      await runScope.assertHeld()
      const leave = kind.replacesDatabase ? placeMarker : writeMarker
      await leave(transaction, operation.id, operation.fingerprint!, result as object)
      failPoint('operations.before-commit')
    },
  }
  progress.begun = true
  await kind.run(runScope, operation)
  failPoint('operations.after-commit')
  const prove = async (there: TargetSession) => {
    const marker = await readMarker(there.sql, operation.id)
    if (!marker.committed) {
      throw new AppError('marker-missing', 'The operation ended without leaving its marker in the target.')
    }
    await recordOutcome(scope, operation, { status: 'verifying', result: marker.result })
    return verifyOperation(kind, { ctx, job: scope, session: there }, operation, marker.result)
  }
  return kind.replacesDatabase
    ? withTarget(ctx, operation.targetId, 'restore', { purpose: `${operation.kind}-verify` }, prove)
    : prove(session)
}
