import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Ctx } from '#lib/context.ts'
import { formatActor } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { sendWakeUp } from '#lib/jobs/queue.ts'
import type { JobKind } from '#lib/jobs/types.ts'

export interface JobRequest {
  kind: JobKind
  targetId: string | null
  payload: Record<string, unknown>
  /** Set by the schedule: the minute it meant. */
  scheduledFor?: Date
}

/**
 * Files background work in the caller's transaction and returns the job run's id.
 * It starts when the transaction commits: a worker takes it, or the CLI that asked does it itself.
 * Verbs call this; it is not a verb. Announce the topic `jobs` in the verb's deed.
 */
export async function requestJob(ctx: Ctx, tx: Tx, request: JobRequest): Promise<string> {
  const [row] = await tx
    .insert(jobRuns)
    .values({ ...request, requestedBy: formatActor(ctx.actor) })
    .returning({ id: jobRuns.id })
  await sendWakeUp(ctx.db, tx, row!.id)
  return row!.id
}
