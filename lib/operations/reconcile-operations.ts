import { and, eq, inArray, lt, lte, or, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { moveOperation } from '#lib/operations/move-operation.ts'
import { isSoloApprovalVoid, soloVoidNote } from '#lib/operations/solo-approval.ts'
import type { OperationStatus } from '#lib/operations/types.ts'

const lateNote = 'Its time is over.'

/**
 * Ends what was not approved or not run in time, by the database's clock, and what one person approved before solo mode
 * was switched off. Safe to repeat and to run twice at once.
 */
export async function expireOperations(ctx: Ctx): Promise<number> {
  const isApproved = eq(operations.status, 'approved')
  const late = or(
    and(eq(operations.status, 'awaiting-approval'), lte(operations.approveBy, sql`now()`)),
    and(isApproved, or(lte(operations.runBy, sql`now()`), isSoloApprovalVoid)),
  )!
  const rows = await ctx.db
    .select({ id: operations.id, isVoid: sql<boolean>`${and(isApproved, isSoloApprovalVoid)}` })
    .from(operations)
    .where(late)
    .limit(200)
  let expired = 0
  for (const { id, isVoid } of rows) {
    const note = isVoid ? soloVoidNote : lateNote
    if (await end(ctx, id, ['awaiting-approval', 'approved'], 'expired', note, late)) expired++
  }
  return expired
}

/**
 * Takes care of operations that nobody works on although their state says so: a run whose job has ended without an
 * outcome is settled by a new job that only reads the marker; a request whose planning has ended is closed. Safe to
 * repeat; call it when a worker starts and every minute. Returns the job runs it filed.
 */
export async function reconcileOperations(ctx: Ctx): Promise<string[]> {
  await expireOperations(ctx)
  const orphans = await ctx.db
    .select({
      id: operations.id,
      targetId: operations.targetId,
      jobRunId: jobRuns.id,
      status: operations.status,
      // A job that only settles says nothing about whether the one before it wrote.
      neverBegan: sql<boolean>`${jobRuns.status} = 'cancelled' and ${jobRuns.startedAt} is null
        and ${jobRuns.payload} ->> 'settleOnly' is null`,
    })
    .from(operations)
    .innerJoin(
      jobRuns,
      eq(
        jobRuns.id,
        sql`case when ${operations.status} = 'requested' then ${operations.planJobRunId} else ${operations.runJobRunId} end`,
      ),
    )
    .where(
      and(
        inArray(operations.status, ['requested', 'running', 'verifying']),
        inArray(jobRuns.status, ['succeeded', 'failed', 'cancelled']),
        // Its own process may be about to record the outcome.
        lt(jobRuns.finishedAt, sql`now() - interval '5 seconds'`),
      ),
    )
    .limit(50)
  const filed: string[] = []
  for (const orphan of orphans) {
    if (orphan.neverBegan) {
      await end(ctx, orphan.id, ['requested', 'running'], 'cancelled', 'Cancelled before it began.')
      continue
    }
    if (orphan.status === 'requested') {
      await end(ctx, orphan.id, ['requested'], 'failed', 'Its planning ended without a plan.')
      continue
    }
    const jobRunId = await fileSettling(ctx, orphan)
    if (jobRunId) filed.push(jobRunId)
  }
  return filed
}

/** The conditional update is the lock: of two workers that reconcile at once one files the job. */
const fileSettling = (
  ctx: Ctx,
  orphan: { id: string; targetId: string; jobRunId: string },
): Promise<string | null> =>
  ctx.db.transaction(async (tx) => {
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'operations.run',
      targetId: orphan.targetId,
      payload: { operationId: orphan.id, settleOnly: true },
    })
    const taken = await tx
      .update(operations)
      .set({ runJobRunId: jobRunId })
      .where(and(eq(operations.id, orphan.id), eq(operations.runJobRunId, orphan.jobRunId)))
      .returning({ id: operations.id })
    if (taken.length > 0) return jobRunId
    await tx.delete(jobRuns).where(eq(jobRuns.id, jobRunId))
    return null
  })

const end = (
  ctx: Ctx,
  operationId: string,
  from: OperationStatus[],
  to: 'expired' | 'failed' | 'cancelled',
  note: string,
  when?: Parameters<typeof moveOperation>[1]['when'],
): Promise<boolean> =>
  ctx.db.transaction(async (tx) => {
    const actor = formatActor(ctx.actor)
    const moved = await moveOperation(tx, {
      operationId,
      from,
      to,
      when,
      actor,
      note,
      set: { finishedAt: sql`now()`, error: { code: to, message: note, hint: 'Request it again.' } },
    })
    if (!moved) return false
    await announceChanges(tx, ['operations', 'audit'])
    await appendAudit(tx, {
      actor,
      action: 'operations.expire',
      outcome: 'done',
      subject: `operation:${operationId}`,
      reason: note,
    })
    return true
  })
