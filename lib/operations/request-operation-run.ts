import { eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { can } from '#lib/auth/permissions.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { requestOperationRunInput } from '#lib/operations/input.ts'
import { moveOperation, type OperationRow } from '#lib/operations/move-operation.ts'
import { findPersonForAct } from '#lib/operations/person.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** An approval counts while its giver could still give it. */
async function findLostApproval(tx: Tx, operation: OperationRow): Promise<{ refusal: Refusal } | null> {
  if (!operation.needsApproval) return null
  const approver = operation.approvedByUserId && (await findPersonForAct(tx, operation.approvedByUserId))
  if (approver && can(approver.role, 'operations.approve')) return null
  return refuse(
    'approval-void',
    'Whoever approved this may not approve any more.',
    'Request it again and have another person approve it.',
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

/**
 * Begins an approved operation: of any number of callers exactly one gets it, once. The worker then writes to the target.
 * Asks for the fingerprint, the typed target name and (of a person) a step-up for exactly this plan.
 */
export const requestOperationRun = defineVerb({
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
    const lost = await findLostApproval(tx, operation)
    if (lost) return lost

    const begun = await moveOperation(tx, {
      operationId,
      from: ['approved'],
      to: 'running',
      when: sql`${operations.runBy} > now() and ${eq(operations.fingerprint, fingerprint)}`,
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
