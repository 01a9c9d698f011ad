import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { getPolicy, getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { requestPerformanceInput } from './input.ts'

/** Files a measurement of every probe in the target's policy. Each call files one more. */
export const requestPerformance = defineVerb({
  action: 'performance.request',
  input: requestPerformanceInput,
  async act({ ctx, tx, actor }, { targetId, scheduledFor }) {
    const target = await getTarget(tx, targetId)
    const { document: policy } = await getPolicy(tx, targetId)
    if (policy.probes.length === 0) {
      return refuse(
        'no-probes',
        `The policy of ${target.name} has no probes.`,
        `Add some under "probes" and apply it: holdfast policy apply ${target.name} FILE`,
      )
    }
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'performance.measure',
      targetId,
      payload: {},
      ...(scheduledFor ? { scheduledFor } : {}),
    })
    return {
      value: { jobRunId },
      audit:
        scheduledFor && actor.kind === 'worker'
          ? null
          : { subject: `target:${target.id}`, target: target.name, detail: { probes: policy.probes.length } },
      changed: ['jobs'],
    }
  },
})
