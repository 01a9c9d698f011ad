import { z } from 'zod'
import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { targetName } from '#lib/targets/input.ts'
import { findTargetByName } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files a preflight of a target (lib/targets/check-target.ts does it). Safe to repeat. */
export const requestTargetCheck = defineVerb({
  action: 'targets.check',
  input: z.strictObject({ name: targetName }),
  async act({ tx, ctx }, { name }) {
    const target = await findTargetByName(tx, name)
    if (!target) {
      return refuse(
        'target-not-found',
        `There is no target “${name}”.`,
        'List them with: holdfast targets list',
      )
    }
    const jobRunId = await requestJob(ctx, tx, { kind: 'targets.check', targetId: target.id, payload: {} })
    return {
      value: { targetId: target.id, jobRunId },
      audit: { subject: `target:${name}`, target: name, detail: { jobRunId } },
      changed: ['jobs'],
    }
  },
})
