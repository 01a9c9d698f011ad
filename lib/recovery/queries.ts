import { and, desc, eq, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getJobRun } from '#lib/jobs/queries.ts'
import type { JobRun } from '#lib/jobs/types.ts'
import type { RecoverySearch } from '#lib/recovery/types.ts'

export interface LatestSearch {
  /** The newest search, whatever became of it. */
  run: JobRun | null
  /** What the newest finished search found. */
  found: RecoverySearch | null
}

/** The newest search for locked-out users of a target, and the newest result. */
export async function findLatestSearch(db: DbOrTx, targetId: string): Promise<LatestSearch> {
  const newest = async (succeeded: boolean) => {
    const [row] = await db
      .select({ id: jobRuns.id })
      .from(jobRuns)
      .where(
        and(
          eq(jobRuns.kind, 'recovery.find'),
          eq(jobRuns.targetId, targetId),
          succeeded ? eq(jobRuns.status, 'succeeded') : sql`true`,
        ),
      )
      .orderBy(desc(jobRuns.createdAt))
      .limit(1)
    return row ? getJobRun(db, row.id) : null
  }
  const [run, done] = await Promise.all([newest(false), newest(true)])
  return { run, found: (done?.result as RecoverySearch | undefined) ?? null }
}
