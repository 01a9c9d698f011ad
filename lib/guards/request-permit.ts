import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { permitRequestInput } from '#lib/guards/permit-input.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'

/**
 * Asks for a deletion permit and files the job that plans it; the database lets nobody do more until it is approved and run.
 * Each call asks for another one.
 */
export const requestPermit = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, { kind: 'permit', request: permitRequestInput }, input)
