import { sql } from 'drizzle-orm'
import { refuse } from '#lib/errors.ts'
import { refuseOperationInput } from '#lib/operations/input.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Ends an operation that has not begun: one refusal is enough, and it cannot be taken back. */
export const refuseOperation = defineVerb({
  action: 'operations.refuse',
  input: refuseOperationInput,
  async act({ tx, actorText }, { operationId, reason }) {
    const operation = await getOperationRow(tx, operationId)
    const target = await getTarget(tx, operation.targetId)
    const refused = await moveOperation(tx, {
      operationId,
      from: ['requested', 'planned', 'awaiting-approval', 'approved'],
      to: 'refused',
      actor: actorText,
      note: reason,
      set: {
        finishedAt: sql`now()`,
        error: { code: 'refused', message: `Refused by ${actorText}: ${reason}`, hint: null },
      },
    })
    if (!refused) {
      return refuse('too-late', `This operation is ${operation.status}; it cannot be refused any more.`)
    }
    return {
      value: { operationId, status: refused.status },
      audit: { subject: `operation:${operationId}`, target: target.name, reason },
      changed: ['operations'],
    }
  },
})
