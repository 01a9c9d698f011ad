import { and, eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { moveOperation, type OperationRow } from '#lib/operations/move-operation.ts'
import type { OperationError } from '#lib/operations/queries.ts'
import type { OperationStatus } from '#lib/operations/types.ts'
import { getTarget } from '#lib/targets/queries.ts'

export interface RunOutcome {
  status: Extract<OperationStatus, 'verifying' | 'succeeded' | 'failed' | 'refused' | 'expired' | 'cancelled'>
  result?: unknown
  error?: OperationError
}

export const toOperationError = (error: unknown): OperationError =>
  error instanceof AppError
    ? { code: error.code, message: error.message, hint: error.hint }
    : { code: 'failed', message: messageOf(error), hint: null }

const noteOf = ({ status, error }: RunOutcome): string =>
  error?.message ??
  (status === 'verifying'
    ? 'The target committed; proving the result.'
    : status === 'succeeded'
      ? 'Done, and proven against the plan.'
      : `The run ended: ${status}.`)

const auditOutcome = (status: RunOutcome['status']) =>
  status === 'succeeded' || status === 'verifying' ? 'done' : status === 'refused' ? 'refused' : 'failed'

/** Records what became of a run, once, as long as this job run is the one that does it. */
export async function recordOutcome(
  scope: JobScope,
  operation: OperationRow,
  outcome: RunOutcome,
): Promise<void> {
  const { ctx } = scope
  const actor = formatActor(ctx.actor)
  const target = await getTarget(ctx.db, operation.targetId)
  await ctx.db.transaction(async (tx) => {
    const moved = await moveOperation(tx, {
      operationId: operation.id,
      from: outcome.status === 'verifying' ? ['running'] : ['running', 'verifying'],
      to: outcome.status,
      when: eq(operations.runJobRunId, scope.jobRunId),
      actor,
      note: noteOf(outcome),
      set: {
        ...(outcome.result === undefined ? {} : { result: outcome.result }),
        error: outcome.error ?? null,
        ...(outcome.status === 'verifying' ? {} : { finishedAt: sql`now()` }),
      },
    })
    if (!moved) return
    await announceChanges(tx, ['operations', 'audit'])
    if (outcome.status === 'verifying') return
    await appendAudit(tx, {
      actor,
      action: 'operations.execute',
      outcome: auditOutcome(outcome.status),
      subject: `operation:${operation.id}`,
      target: target.name,
      reason: outcome.error?.message ?? operation.reason,
      detail: {
        kind: operation.kind,
        status: outcome.status,
        fingerprint: operation.fingerprint,
        ...(outcome.error ? { code: outcome.error.code } : {}),
      },
    })
  })
}

/** Somebody else works on the target: nothing was begun, so the approval still counts while its time lasts. */
export async function returnToApproved(
  scope: JobScope,
  operation: OperationRow,
  why: AppError,
): Promise<void> {
  const { ctx } = scope
  const when = eq(operations.runJobRunId, scope.jobRunId)
  const back = { runBegunBy: null, startedAt: null, runJobRunId: null, error: null }
  const actor = formatActor(ctx.actor)
  await ctx.db.transaction(async (tx) => {
    const returned = await moveOperation(tx, {
      operationId: operation.id,
      from: ['running'],
      to: 'approved',
      when: and(when, sql`${operations.runBy} > now()`)!,
      actor,
      note: `Not begun: ${why.message} Nothing was written; it can be run again.`,
      set: back,
    })
    if (!returned) {
      await moveOperation(tx, {
        operationId: operation.id,
        from: ['running'],
        to: 'expired',
        when,
        actor,
        note: `Not begun: ${why.message} The time to run it is over.`,
        set: { finishedAt: sql`now()`, error: toOperationError(why) },
      })
    }
    await announceChanges(tx, ['operations'])
  })
}

/** Keeps the state (the commit may have happened) and says that the outcome is still to be read from the target. */
export async function recordDoubt(scope: JobScope, operation: OperationRow, error: unknown): Promise<void> {
  await scope.ctx.db
    .update(operations)
    .set({
      error: {
        code: 'outcome-unknown',
        message: `The target cannot be asked whether it committed: ${messageOf(error)}`,
        hint: 'It is read from the target’s marker as soon as the target answers again. Do not repeat the operation.',
      },
    })
    .where(and(eq(operations.id, operation.id), eq(operations.runJobRunId, scope.jobRunId)))
  await announceChanges(scope.ctx.db, ['operations'])
}
