import { z } from 'zod'
import { requestJob } from '#lib/jobs/request-job.ts'
import { targetName } from '#lib/targets/input.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { refuseUnknownTarget } from '#lib/targets/refuse-unknown-target.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files a preflight of a target (lib/targets/check-target.ts does it). Safe to repeat. */
export const requestTargetCheck = defineVerb({
  action: 'targets.check',
  input: z.strictObject({ name: targetName }),
  async act({ tx, ctx }, { name }) {
    const target = await findTargetByName(tx, name)
    if (!target) return refuseUnknownTarget(name)
    const jobRunId = await requestJob(ctx, tx, { kind: 'targets.check', targetId: target.id, payload: {} })
    return {
      value: { targetId: target.id, jobRunId },
      audit: { subject: `target:${name}`, target: name, detail: { jobRunId } },
      changed: ['jobs'],
    }
  },
})
