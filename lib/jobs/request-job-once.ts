import { and, desc, eq, inArray } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { type JobRequest, requestJob } from '#lib/jobs/request-job.ts'

/**
 * Files background work of which one at a time is enough for a target: while one of its kind waits or runs there, that
 * one's id is returned. Otherwise as requestJob.
 */
export async function requestJobOnce(
  ctx: Ctx,
  tx: Tx,
  request: JobRequest & { targetId: string },
): Promise<string> {
  const [current] = await tx
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, request.kind),
        eq(jobRuns.targetId, request.targetId),
        inArray(jobRuns.status, ['queued', 'running']),
      ),
    )
    .orderBy(desc(jobRuns.createdAt))
    .limit(1)
  return current?.id ?? requestJob(ctx, tx, request)
}
