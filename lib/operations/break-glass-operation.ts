import { sql } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { auditBrokenGlass } from '#lib/auth/break-glass.ts'
import type { Ctx } from '#lib/context.ts'
import { refuse } from '#lib/errors.ts'
import { breakGlassInput } from '#lib/operations/input.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb, type Verb } from '#lib/verb.ts'

export interface BrokenOpen {
  operationId: string
  status: string
  runBy: Date | null
}

const action = 'operations.break-glass'

const approveAlone = defineVerb<ReturnType<typeof breakGlassInput.parse>, BrokenOpen>({
  action,
  input: breakGlassInput,
  async act({ tx, actor, actorText }, { operationId, fingerprint, reason }) {
    if (actor.kind !== 'operator') return refuse('forbidden', 'Only the operator at the host breaks glass.')
    const operation = await getOperationRow(tx, operationId)
    const target = await getTarget(tx, operation.targetId)
    if (operation.status !== 'awaiting-approval') {
      return refuse(
        'not-awaiting-approval',
        `This operation is ${operation.status}; there is nothing to approve.`,
        'A refusal, and the end of the time, hold. Request it again.',
      )
    }
    if (operation.fingerprint !== fingerprint) {
      return refuse('plan-changed', 'This is not the plan that you looked at.', 'Look at it again.')
    }
    const opened = await moveOperation(tx, {
      operationId,
      from: ['awaiting-approval'],
      to: 'approved',
      when: sql`${operations.approveBy} > now() and ${operations.fingerprint} = ${fingerprint}`,
      actor: actorText,
      note: `Break-glass, without a second person: ${reason}`,
      set: {
        approvalMode: 'break-glass',
        approvedFingerprint: fingerprint,
        approvedAt: sql`now()`,
        runBy: sql`now() + interval '15 minutes'`,
      },
    })
    if (!opened) {
      return refuse('approval-too-late', 'The time to approve this plan is over.', 'Request it again.')
    }
    return {
      value: { operationId, status: opened.status, runBy: opened.runBy },
      audit: {
        subject: `operation:${operationId}`,
        target: target.name,
        reason,
        detail: { fingerprint, requestedBy: operation.requestedBy, approvalMode: 'break-glass' },
      },
      changed: ['operations'],
    }
  },
})

/**
 * Approves a plan without a second person: the operator at the host, in an emergency. The audit gets an entry before
 * anything is looked at, which stays whatever follows; a critical alert stands for a day. What was refused, cancelled or
 * has expired stays ended. Repeating it is refused. Changes nothing in the target.
 */
export const breakGlassOperation: Verb<BrokenOpen> = async (ctx: Ctx, input) => {
  const parsed = breakGlassInput.safeParse(input)
  if (ctx.actor.kind === 'operator' && parsed.success) {
    const { operationId, fingerprint, reason } = parsed.data
    await auditBrokenGlass(ctx, {
      action,
      subject: `operation:${operationId}`,
      reason,
      detail: { fingerprint, announced: true },
    })
  }
  return approveAlone(ctx, input)
}
