import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'
import { restoreRequestInput } from '#lib/restores/input.ts'

/**
 * Files a restore and the job that plans it; nothing is written until it is approved and run. Each call files another one.
 */
export const requestRestore = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, { kind: 'restore', request: restoreRequestInput }, input)
