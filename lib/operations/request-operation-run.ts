import { eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { can } from '#lib/auth/permissions.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { prepareWakeUps } from '#lib/jobs/queue.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { findLostApproval } from '#lib/operations/find-lost-approval.ts'
import { requestOperationRunInput } from '#lib/operations/input.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { findPersonForAct } from '#lib/operations/person.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** By the database's clock: whoever was told has until then to say no. A clock that was set back does not help either. */
async function findWait(tx: Tx, operationId: string): Promise<{ refusal: Refusal } | null> {
  const [row] = await tx
    .select({
      runFrom: operations.runFrom,
      waitMs: sql<number>`(extract(epoch from ${operations.runFrom} - now()) * 1000)::float8`,
      isFromFuture: sql<boolean>`greatest(${operations.approvedAt}, ${operations.plannedAt}) > now()`,
    })
    .from(operations)
    .where(eq(operations.id, operationId))
  if (row?.isFromFuture) {
    return refuse(
      'clock-set-back',
      'By the control database’s clock this was planned or approved in the future.',
      'Its clock was set back. Put it right, and request this again.',
    )
  }
  if (!row?.runFrom || row.waitMs <= 0) return null
  return refuse(
    'too-early',
    `It was approved by one person alone and may run in ${formatDuration(row.waitMs)}, from ${row.runFrom.toISOString()}.`,
    'Until then everybody else may refuse it, and a second person may approve it: then it may run at once.',
  )
}

const whyNotRunnable = (status: string, late: boolean) =>
  status === 'running' || status === 'verifying'
    ? refuse('already-running', 'This operation is already running.')
    : late && status === 'approved'
      ? refuse('run-too-late', 'The time to run this approved plan is over.', 'Request it again.')
      : refuse(
          'not-approved',
          `This operation is ${status}; only an approved one can be run.`,
          status === 'awaiting-approval' ? 'A second person has to approve it first.' : null,
        )

const begin = defineVerb({
  action: 'operations.run',
  input: requestOperationRunInput,
  async act({ tx, ctx, actor, actorText }, { operationId, fingerprint, targetName }) {
    const operation = await getOperationRow(tx, operationId)
    const target = await getTarget(tx, operation.targetId)
    if (operation.status !== 'approved') return whyNotRunnable(operation.status, false)
    if (operation.fingerprint !== fingerprint) {
      return refuse('plan-changed', 'This is not the plan that you looked at.', 'Reload it and look again.')
    }
    if (targetName !== target.name) {
      return refuse('name-mismatch', `The typed name is not the target’s name.`, `It is “${target.name}”.`)
    }
    if (actor.kind === 'user') {
      const person = await findPersonForAct(tx, actor.userId)
      if (!person || !can(person.role, 'operations.run')) {
        return refuse('forbidden', 'You may not run operations (any more).')
      }
    }
    const unproved = await findStepUpRefusal(tx, actor, stepUpSubject(operationId, fingerprint))
    if (unproved) return unproved
    const lost = (await findLostApproval(tx, operation)) ?? (await findWait(tx, operationId))
    if (lost) return lost

    const begun = await moveOperation(tx, {
      operationId,
      from: ['approved'],
      to: 'running',
      when: sql`${operations.runBy} > now() and ${eq(operations.fingerprint, fingerprint)}
        and (${operations.runFrom} is null or ${operations.runFrom} <= now())`,
      actor: actorText,
      note: 'Run requested.',
      set: { runBegunBy: actorText, startedAt: sql`now()` },
    })
    if (!begun) {
      const now = await getOperationRow(tx, operationId)
      return whyNotRunnable(now.status, true)
    }
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'operations.run',
      targetId: operation.targetId,
      payload: { operationId },
    })
    await tx.update(operations).set({ runJobRunId: jobRunId }).where(eq(operations.id, operationId))
    return {
      value: { operationId, status: begun.status, jobRunId },
      audit: {
        subject: `operation:${operationId}`,
        target: target.name,
        reason: operation.reason,
        detail: { fingerprint, kind: operation.kind },
      },
      changed: ['operations', 'jobs'],
    }
  },
})

/**
 * Begins an approved operation: of any number of callers exactly one gets it, once. The worker then writes to the target.
 * Asks for the fingerprint, the typed target name and (of a person) a step-up for exactly this plan.
 */
export const requestOperationRun: typeof begin = async (ctx, input) => {
  // However many press in a process that has just started, the one who wins must not wait for the others' connections.
  await prepareWakeUps(ctx.db)
  return begin(ctx, input)
}
