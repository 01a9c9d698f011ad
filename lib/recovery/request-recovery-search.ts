import { requestJobOnce } from '#lib/jobs/request-job-once.ts'
import { recoverySearchInput } from '#lib/recovery/input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files a search for locked-out users. Safe to repeat: while one is waiting or running, that one is returned. */
export const requestRecoverySearch = defineVerb({
  action: 'recovery.search',
  input: recoverySearchInput,
  async act({ tx, ctx }, { targetId }) {
    const target = await getTarget(tx, targetId)
    const jobRunId = await requestJobOnce(ctx, tx, { kind: 'recovery.find', targetId, payload: {} })
    return {
      value: { jobRunId },
      audit: { subject: `target:${target.name}`, target: target.name, detail: { jobRunId } },
      changed: ['jobs', 'recovery'],
    }
  },
})
