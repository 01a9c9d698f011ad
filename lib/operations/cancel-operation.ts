import { refuse } from '#lib/errors.ts'
import { cancelOperationInput } from '#lib/operations/input.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import { stopJob, withdrawOperation } from '#lib/operations/withdraw-operation.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Takes an operation back. One that has not begun ends at once; a running one is asked to stop and ends without having
 * written anything, unless its transaction commits first. Safe to repeat.
 */
export const cancelOperation = defineVerb({
  action: 'operations.cancel',
  input: cancelOperationInput,
  async act({ tx, actorText }, { operationId }) {
    const operation = await getOperationRow(tx, operationId)
    const target = await getTarget(tx, operation.targetId)
    const audit = {
      subject: `operation:${operationId}`,
      target: target.name,
      detail: { from: operation.status },
    }
    const cancelled = await withdrawOperation(tx, {
      operationId,
      actor: actorText,
      note: 'Cancelled before it began.',
    })
    if (cancelled) {
      return { value: { operationId, status: cancelled.status }, audit, changed: ['operations', 'jobs'] }
    }
    if (operation.status !== 'running') {
      return refuse('too-late', `This operation is ${operation.status}; it cannot be cancelled.`)
    }
    if (operation.runJobRunId) await stopJob(tx, operation.runJobRunId)
    return { value: { operationId, status: operation.status }, audit, changed: ['operations', 'jobs'] }
  },
})
