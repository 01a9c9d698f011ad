import { z } from 'zod'
import type { Ctx } from '#lib/context.ts'
import { syncRepairRequest } from '#lib/drift/sync-repair-request.ts'
import { type Outcome, type Refusal, refuse } from '#lib/errors.ts'
import { type RequestedOperation, requestOperation } from '#lib/operations/request-operation.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Why the named target cannot be the master, or null. What is malformed is for the verb to say. */
async function findRefusal(ctx: Ctx, input: unknown): Promise<{ ok: false; refusal: Refusal } | null> {
  const { targetId, request } = (input ?? {}) as { targetId?: unknown; request?: unknown }
  const parsed = syncRepairRequest.safeParse(request)
  if (!parsed.success || parsed.data.source.kind !== 'target') return null
  const masterId = parsed.data.source.targetId
  if (masterId === targetId)
    return refuse(
      'same-target',
      'A target cannot be the master of itself.',
      'Choose another one as the master.',
    )
  const master = await getTarget(ctx.db, masterId)
  return refuseControlTarget(master, 'its rows go nowhere else')
}

/**
 * Files the repair that makes a target's rows like a chosen master's, and the job that plans it; nothing is written until
 * it is approved and run. Each call files another one.
 */
export async function requestSyncRepair(ctx: Ctx, input: unknown): Promise<Outcome<RequestedOperation>> {
  const refusal = await findRefusal(ctx, input)
  if (!refusal) return requestOperation(ctx, { kind: 'sync-repair', request: syncRepairRequest }, input)
  // Through a verb, so that whoever may not ask is told that first, and the refused act leaves evidence.
  return defineVerb<unknown, RequestedOperation>({
    action: 'operations.request',
    input: z.unknown(),
    act: async () => refusal,
  })(ctx, input)
}
