import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'
import { recoveryRequestInput } from '#lib/recovery/input.ts'

/**
 * Files a recovery of locked-out users and the job that plans it; nothing is written until it is approved and run. Each
 * call files another one.
 */
export const requestRecovery = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, { kind: 'recovery', request: recoveryRequestInput }, input)
