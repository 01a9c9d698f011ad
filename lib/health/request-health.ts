import { z } from 'zod'
import { requestJobOnce } from '#lib/jobs/request-job-once.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const requestHealthInput = z.strictObject({
  targetId: z.uuid(),
  /** Set by the schedule: the occurrence it means. */
  scheduledFor: z.date().optional(),
})

/** Files a health run. Safe to repeat: while one is waiting or running, that one is returned. */
export const requestHealth = defineVerb({
  action: 'health.request',
  input: requestHealthInput,
  async act({ tx, ctx, actor }, { targetId, scheduledFor }) {
    const target = await getTarget(tx, targetId)
    const jobRunId = await requestJobOnce(ctx, tx, {
      kind: 'health.run',
      targetId,
      payload: {},
      ...(scheduledFor ? { scheduledFor } : {}),
    })
    return {
      value: { jobRunId },
      audit:
        scheduledFor && actor.kind === 'worker'
          ? null
          : { subject: `target:${target.name}`, target: target.name, detail: { jobRunId } },
      changed: ['jobs'],
    }
  },
})
