import { appendAudit } from '#lib/audit/append-audit.ts'
import { findDenial } from '#lib/auth/find-denial.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import type { Outcome } from '#lib/errors.ts'
import { policyWeakeningRequest } from '#lib/guards/policy-weakening-request.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'

/**
 * Asks for a policy that protects less than the one in force and files the job that plans it; nothing changes before
 * another person has approved it. Only who may apply a policy may ask. Each call asks for another one.
 */
export async function requestPolicyWeakening(ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> {
  const refusal = await findDenial(ctx, 'policy.apply')
  if (!refusal) return requestOperation(ctx, policyWeakeningRequest, input)
  await appendAudit(ctx.db, {
    actor: formatActor(ctx.actor),
    action: 'policy.apply',
    outcome: 'refused',
    reason: refusal.reason,
    detail: { code: refusal.code },
  })
  return { ok: false, refusal }
}
