import { eq } from 'drizzle-orm'
import { permits } from '#drizzle/schema/permits.ts'
import { refuse } from '#lib/errors.ts'
import { withdrawPermitInput } from '#lib/guards/permit-input.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Files the early end of an open permit (lib/guards/withdraw-permit.ts does it); it makes the target safer, so one person
 * is enough. A permit that is not made yet is cancelled as an operation. Safe to repeat.
 */
export const requestPermitWithdrawal = defineVerb({
  action: 'permits.withdraw',
  input: withdrawPermitInput,
  async act({ tx, ctx }, { permitId }) {
    const [permit] = await tx.select().from(permits).where(eq(permits.id, permitId))
    if (!permit) {
      return refuse(
        'permit-not-found',
        `There is no open permit “${permitId}”.`,
        'One that was not run yet is cancelled: holdfast operations cancel ID',
      )
    }
    if (!['opening', 'open', 'withdrawn'].includes(permit.state)) {
      return refuse('permit-ended', `This permit is ${permit.state}; there is nothing to withdraw.`)
    }
    const target = await getTarget(tx, permit.targetId)
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'permits.withdraw',
      targetId: target.id,
      payload: { permitId },
    })
    return {
      value: { permitId, targetId: target.id, jobRunId },
      audit: { subject: `operation:${permitId}`, target: target.name, detail: { jobRunId } },
      changed: ['jobs'],
    }
  },
})
