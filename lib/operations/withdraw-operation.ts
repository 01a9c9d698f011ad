import { and, eq, inArray, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { Tx } from '#lib/db/client.ts'
import { moveOperation, type OperationRow } from '#lib/operations/move-operation.ts'

/**
 * Ends an operation that has not begun, and the planning of it, in the caller's transaction. Null when it has begun or is
 * over: then nothing is changed. Safe to repeat.
 */
export async function withdrawOperation(
  tx: Tx,
  { operationId, actor, note }: { operationId: string; actor: string; note: string },
): Promise<OperationRow | null> {
  const cancelled = await moveOperation(tx, {
    operationId,
    from: ['requested', 'planned', 'awaiting-approval', 'approved'],
    to: 'cancelled',
    actor,
    note,
    set: { finishedAt: sql`now()` },
  })
  if (cancelled?.planJobRunId) await stopJob(tx, cancelled.planJobRunId)
  return cancelled
}

/** Asks a job that has not ended to stop. */
export async function stopJob(tx: Tx, jobRunId: string): Promise<void> {
  await tx
    .update(jobRuns)
    .set({ cancelRequestedAt: sql`now()` })
    .where(and(eq(jobRuns.id, jobRunId), inArray(jobRuns.status, ['queued', 'running'])))
}
