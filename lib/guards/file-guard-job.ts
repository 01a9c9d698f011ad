import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import type { Refusal } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import type { JobKind } from '#lib/jobs/types.ts'
import { refuseControlTarget } from '#lib/targets/control-target.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import type { Deed } from '#lib/verb.ts'

/** The one shape that the requests about guards share: a job for a target, by the target's name. */
export async function fileGuardJob(
  ctx: Ctx,
  tx: Tx,
  kind: Extract<JobKind, `guards.${string}`>,
  name: string,
  payload: Record<string, unknown> = {},
): Promise<Deed<{ targetId: string; jobRunId: string }> | { refusal: Refusal }> {
  const target = await findTargetByName(tx, name)
  if (!target) return refuseUnknownTarget(name)
  const controlRefusal = refuseControlTarget(target, 'guards are not installed there')
  if (controlRefusal) return controlRefusal
  const jobRunId = await requestJob(ctx, tx, { kind, targetId: target.id, payload })
  return {
    value: { targetId: target.id, jobRunId },
    audit: { subject: `target:${name}`, target: name, detail: { ...payload, jobRunId } },
    changed: ['jobs'],
  }
}
