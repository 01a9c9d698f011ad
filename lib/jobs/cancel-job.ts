import { and, eq, inArray, sql } from 'drizzle-orm'
import { z } from 'zod'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/**
 * Asks the process that works on a job run to stop; a run that nobody has begun is cancelled at once.
 * Safe to repeat. Refuses a run that has ended.
 */
export const cancelJob = defineVerb({
  action: 'jobs.cancel',
  input: z.strictObject({ jobRunId: z.uuid() }),
  async act({ tx }, { jobRunId }) {
    const [run] = await tx
      .update(jobRuns)
      .set({
        cancelRequestedAt: sql`now()`,
        status: sql`case when ${jobRuns.status} = 'queued' then 'cancelled' else ${jobRuns.status} end`,
        finishedAt: sql`case when ${jobRuns.status} = 'queued' then now() end`,
      })
      .where(and(eq(jobRuns.id, jobRunId), inArray(jobRuns.status, ['queued', 'running'])))
      .returning({ id: jobRuns.id, kind: jobRuns.kind, status: jobRuns.status })
    if (!run) return refuse('job-not-running', 'This job has ended or never was.', null)
    return {
      value: { jobRunId: run.id, status: run.status },
      audit: { subject: `job:${run.id}`, detail: { kind: run.kind } },
      changed: ['jobs'],
    }
  },
})
