import type { Ctx } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { policyWeakeningRequest } from '#lib/guards/policy-weakening-request.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'

/**
 * Asks for a policy that protects less than the one in force and files the job that plans it; nothing changes before
 * another person has approved it. Each call asks for another one.
 */
export const requestPolicyWeakening = (ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> =>
  requestOperation(ctx, policyWeakeningRequest, input)
