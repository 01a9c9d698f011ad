import { and, desc, eq, sql } from 'drizzle-orm'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { operations } from '#drizzle/schema/operations.ts'
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
  const found = done?.result as RecoverySearch | null | undefined
  // What an earlier version found does not tell what was lost from what was taken away.
  return { run, found: found?.lostSince ? found : null }
}

export interface PastRecovery {
  id: string
  status: string
  sentence: string | null
  reason: string
  createdAt: Date
  /** How many have access again, and how long they waited since the request; null until it is done. */
  access: { people: number; accessAfterMs: number; runMs: number } | null
}

/** The recoveries of a target, newest first, with the time they took. */
export async function listRecoveries(db: DbOrTx, targetId: string, limit = 10): Promise<PastRecovery[]> {
  return db
    .select({
      id: operations.id,
      status: sql<string>`${operations.status}`,
      sentence: sql<string | null>`${operations.plan} #>> '{summary,sentence}'`,
      reason: operations.reason,
      createdAt: operations.createdAt,
      access: sql<PastRecovery['access']>`${operations.result} -> 'access'`,
    })
    .from(operations)
    .where(and(eq(operations.targetId, targetId), eq(operations.kind, 'recovery')))
    .orderBy(desc(operations.createdAt))
    .limit(limit)
}
