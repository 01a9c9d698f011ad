import { and, eq, inArray } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { removeStrayArchiveFiles } from '#lib/backups/archive-files.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'

const orphanedError = {
  code: 'worker-died',
  message: 'The work ended without a result.',
  hint: 'Ask for it again.',
}

/**
 * Ends what dead workers left: records whose job is over but which still say running, and archive files that no
 * record of a finished backup owns. Safe to repeat and to run beside living work.
 */
export async function sweepBackups(ctx: Ctx, targetId: string): Promise<void> {
  const { db } = ctx
  const over = inArray(jobRuns.status, ['failed', 'cancelled', 'succeeded'])
  const dead = await db
    .select({ id: backups.id })
    .from(backups)
    .innerJoin(jobRuns, eq(jobRuns.id, backups.jobRunId))
    .where(and(eq(backups.targetId, targetId), inArray(backups.status, ['queued', 'running']), over))
  if (dead.length > 0) {
    await db
      .update(backups)
      .set({ status: 'failed', error: orphanedError })
      .where(
        inArray(
          backups.id,
          dead.map(({ id }) => id),
        ),
      )
  }
  const deadDrills = await db
    .select({ id: drills.id })
    .from(drills)
    .innerJoin(jobRuns, eq(jobRuns.id, drills.jobRunId))
    .where(and(eq(drills.targetId, targetId), inArray(drills.status, ['queued', 'running']), over))
  if (deadDrills.length > 0) {
    await db
      .update(drills)
      .set({ status: 'finished', verdict: 'inconclusive', error: orphanedError })
      .where(
        inArray(
          drills.id,
          deadDrills.map(({ id }) => id),
        ),
      )
  }
  if (dead.length + deadDrills.length > 0) await announceChanges(db, ['backups', 'drills'])

  const archives = await db
    .select({ id: backups.id, status: backups.status, location: backups.location })
    .from(backups)
    .where(and(eq(backups.targetId, targetId), eq(backups.kind, 'archive')))
  const idsOf = (some: typeof archives) => new Set(some.map(({ id }) => id))
  await removeStrayArchiveFiles(targetId, {
    taking: idsOf(archives.filter(({ status }) => status === 'queued' || status === 'running')),
    // A damaged archive is failed too, but it was finished: its file stays, it may be all there is.
    over: idsOf(
      archives.filter(
        ({ status, location }) => status === 'expired' || (status === 'failed' && location === null),
      ),
    ),
  })
}
