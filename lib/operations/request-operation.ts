import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { fileOperation, type RequestedOperation } from '#lib/operations/file-operation.ts'
import { requestOperationInput } from '#lib/operations/input.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { defineVerb } from '#lib/verb.ts'

export type { RequestedOperation } from '#lib/operations/file-operation.ts'

/**
 * Files a guarded act of a kind and the job that plans it; nothing is done to the target. Each call files another one.
 * A domain's verb is this with its kind: `requestRestore = (ctx, input) => requestOperation(ctx, restoreKind, input)`.
 */
export function requestOperation(
  ctx: Ctx,
  kind: Pick<OperationKind, 'kind' | 'request'>,
  input: unknown,
): Promise<Outcome<RequestedOperation>> {
  return defineVerb({
    action: 'operations.request',
    input: requestOperationInput,
    act: (scope, asked) => fileOperation(scope, kind, asked),
  })(ctx, input)
}
