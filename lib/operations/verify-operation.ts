import { AppError, messageOf } from '#lib/errors.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { recordOutcome } from '#lib/operations/record-outcome.ts'
import type { OperationKind, VerifyScope } from '#lib/operations/types.ts'

const troubleCode = /^(08|57P|CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|EAI_)/

/** Whether the error says something about the way to the database, and nothing about what is in it. */
export function isConnectionTrouble(error: unknown): boolean {
  if (error instanceof AppError) return error.kind === 'unavailable'
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && troubleCode.test(code)
}

/**
 * Proves a committed operation against its plan and records the end: succeeded, or failed with the rows written.
 * When the target cannot be reached it stays `verifying` and the error is thrown; safe to repeat.
 */
export async function verifyOperation(
  kind: OperationKind,
  scope: VerifyScope,
  operation: OperationRow,
  result: unknown,
): Promise<{ operationId: string; status: string; result: unknown }> {
  const { job } = scope
  let proven: unknown
  try {
    await job.phase('verify')
    proven = (await kind.verify(scope, operation, result)) ?? result
  } catch (error) {
    if (job.signal.aborted || isConnectionTrouble(error)) throw error
    const failure = new AppError(
      'verification-failed',
      `The target committed, but the proof does not hold: ${messageOf(error)}`,
      {
        hint: 'The rows are written. Look at the differences before anything else is changed.',
        cause: error,
      },
    )
    await recordOutcome(job, operation, {
      status: 'failed',
      result,
      error: { code: failure.code, message: failure.message, hint: failure.hint },
    })
    throw failure
  }
  await recordOutcome(job, operation, { status: 'succeeded', result: proven })
  return { operationId: operation.id, status: 'succeeded', result: proven }
}
