import { eq, sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { can } from '#lib/auth/permissions.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import { refuse } from '#lib/errors.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { approveOperationInput } from '#lib/operations/input.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { findPersonForAct } from '#lib/operations/person.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const runWithinMinutes = 15

/**
 * Approves exactly the plan with this fingerprint, as a second person; it may then be run once within 15 minutes.
 * Repeating it is refused. Changes nothing in the target.
 */
export const approveOperation = defineVerb({
  action: 'operations.approve',
  input: approveOperationInput,
  async act({ tx, actor, actorText }, { operationId, fingerprint }) {
    if (actor.kind !== 'user') {
      return refuse(
        'approval-needs-person',
        'Only a person with an account can approve.',
        'holdfast operations approve ID --as EMAIL',
      )
    }
    const operation = await getOperationRow(tx, operationId)
    const target = await getTarget(tx, operation.targetId)
    if (operation.requestedByUserId === actor.userId) {
      return refuse(
        'own-request',
        'Nobody approves their own request.',
        'Ask another commander or admin to look at it.',
      )
    }
    if (operation.status !== 'awaiting-approval') {
      return refuse(
        'not-awaiting-approval',
        `This operation is ${operation.status}; there is nothing to approve.`,
      )
    }
    if (operation.fingerprint !== fingerprint) {
      return refuse('plan-changed', 'This is not the plan that you looked at.', 'Reload it and look again.')
    }
    const person = await findPersonForAct(tx, actor.userId)
    if (!person || !can(person.role, 'operations.approve')) {
      return refuse('forbidden', 'You may not approve (any more).', 'It takes a commander or an admin.')
    }
    if (!person.mayApproveNow) {
      return refuse(
        'approver-too-new',
        `A new or just changed account cannot approve${person.approverFrom ? ` before ${person.approverFrom.toISOString()}` : ''}.`,
        'Ask somebody else; the operator at the host can vouch: holdfast users role EMAIL ROLE --approver-now',
      )
    }
    const unproved = await findStepUpRefusal(tx, actor, stepUpSubject(operationId, fingerprint))
    if (unproved) return unproved

    const approved = await moveOperation(tx, {
      operationId,
      from: ['awaiting-approval'],
      to: 'approved',
      when: sql`${operations.approveBy} > now() and ${eq(operations.fingerprint, fingerprint)}`,
      actor: actorText,
      note: 'Approved exactly this plan.',
      set: {
        approvedByUserId: actor.userId,
        approvedFingerprint: fingerprint,
        approvedAt: sql`now()`,
        runBy: sql`now() + make_interval(mins => ${runWithinMinutes})`,
      },
    })
    if (!approved) {
      return refuse('approval-too-late', 'The time to approve this plan is over.', 'Request it again.')
    }
    return {
      value: { operationId, status: approved.status, runBy: approved.runBy },
      audit: {
        subject: `operation:${operationId}`,
        target: target.name,
        reason: operation.reason,
        detail: { fingerprint, requestedBy: operation.requestedBy },
      },
      changed: ['operations'],
    }
  },
})
