import { sql } from 'drizzle-orm'
import { can } from '#lib/auth/permissions.ts'
import { getSoloMode } from '#lib/auth/solo-mode.ts'
import { findStepUpRefusal } from '#lib/auth/step-up.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { stepUpSubject } from '#lib/operations/bound-to.ts'
import { approveOperationInput } from '#lib/operations/input.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { findPersonForAct } from '#lib/operations/person.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Waits for somebody, or was approved by one person alone, whose place a second one may take. */
const isOpen = ({ status, approvalMode }: OperationRow, own: boolean): boolean =>
  status === 'awaiting-approval' || (status === 'approved' && approvalMode === 'solo' && !own)

async function findApproverRefusal(tx: Tx, userId: string): Promise<{ refusal: Refusal } | null> {
  const person = await findPersonForAct(tx, userId)
  if (!person || !can(person.role, 'operations.approve')) {
    return refuse('forbidden', 'You may not approve (any more).', 'It takes a commander or an admin.')
  }
  if (person.mayApproveNow) return null
  return refuse(
    'approver-too-new',
    `A new or just changed account cannot approve${person.approverFrom ? ` before ${person.approverFrom.toISOString()}` : ''}.`,
    'Ask somebody else; the operator at the host can vouch: holdfast users role EMAIL ROLE --approver-now',
  )
}

/**
 * Approves exactly the plan with this fingerprint; it may then be run once within 15 minutes. A second person does it, or
 * in solo mode the one who requested it: the run then waits 15 minutes, and a second person may still take the place.
 * Repeating it is refused. Changes nothing in the target.
 */
export const approveOperation = defineVerb({
  action: 'operations.approve',
  input: approveOperationInput,
  async act({ tx, actor }, { operationId, fingerprint }) {
    if (actor.kind !== 'user') {
      return refuse(
        'approval-needs-person',
        'Only a person with an account can approve.',
        'holdfast operations approve ID --as EMAIL',
      )
    }
    const operation = await getOperationRow(tx, operationId)
    const own = operation.requestedByUserId === actor.userId
    if (own && !(await getSoloMode(tx)).on) {
      return refuse(
        'own-request',
        'Nobody approves their own request.',
        'Ask another commander or admin to look at it.',
      )
    }
    if (!isOpen(operation, own)) {
      return refuse(
        'not-awaiting-approval',
        `This operation is ${operation.status}; there is nothing to approve.`,
      )
    }
    if (operation.fingerprint !== fingerprint) {
      return refuse('plan-changed', 'This is not the plan that you looked at.', 'Reload it and look again.')
    }
    const refused = await findApproverRefusal(tx, actor.userId)
    if (refused) return refused
    const unproved = await findStepUpRefusal(tx, actor, stepUpSubject(operationId, fingerprint))
    if (unproved) return unproved

    // Everything above is for the words. The database decides once more by itself, from the session alone.
    const [decided] = await tx.execute<{ mode: 'two-person' | 'solo' | null }>(
      sql`select holdfast_approve_operation(${operationId}, ${fingerprint}, ${actor.sessionId}) as mode`,
    )
    if (!decided?.mode) {
      return refuse('approval-too-late', 'The time to approve this plan is over.', 'Request it again.')
    }
    const { status, approvalMode, runFrom, runBy } = await getOperationRow(tx, operationId)
    return {
      value: { operationId, status, approvalMode, runFrom, runBy },
      // The same function has written the entry: there is no approval without one.
      audit: null,
      changed: ['operations', 'audit'],
    }
  },
})
