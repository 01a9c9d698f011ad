import { and, desc, eq, inArray } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { recoverySearchInput } from '#lib/recovery/input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files a search for locked-out users. Safe to repeat: while one is waiting or running, that one is returned. */
export const requestRecoverySearch = defineVerb({
  action: 'recovery.search',
  input: recoverySearchInput,
  async act({ tx, ctx }, { targetId }) {
    const target = await getTarget(tx, targetId)
    const [current] = await tx
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .where(
        and(
          eq(jobRuns.kind, 'recovery.find'),
          eq(jobRuns.targetId, targetId),
          inArray(jobRuns.status, ['queued', 'running']),
        ),
      )
      .orderBy(desc(jobRuns.createdAt))
      .limit(1)
    const jobRunId =
      current?.id ?? (await requestJob(ctx, tx, { kind: 'recovery.find', targetId, payload: {} }))
    return {
      value: { jobRunId },
      audit: { subject: `target:${target.name}`, target: target.name, detail: { jobRunId } },
      changed: ['jobs', 'recovery'],
    }
  },
})
