import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { drills } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JobKind, JobPhase, JobStatus } from '#lib/jobs/types.ts'

/** Work on a backup that waits or runs, as its page shows it. */
export interface BackupWork {
  jobRunId: string
  kind: JobKind
  backupId: string
  status: JobStatus
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: JobPhase[]
  error: null
}

/** What waits or runs for a target's backups, newest first. */
export async function listBackupWork(db: DbOrTx, targetId: string): Promise<BackupWork[]> {
  const rows = await db
    .select({
      jobRunId: jobRuns.id,
      kind: jobRuns.kind,
      backupId: sql<string>`coalesce(${jobRuns.payload} ->> 'backupId', ${drills.backupId}::text)`,
      status: jobRuns.status,
      phase: jobRuns.phase,
      progressDone: jobRuns.progressDone,
      progressTotal: jobRuns.progressTotal,
      phases: jobRuns.phases,
    })
    .from(jobRuns)
    .leftJoin(drills, eq(drills.jobRunId, jobRuns.id))
    .where(
      and(
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.kind, ['backups.take', 'backups.verify', 'drills.run']),
        inArray(jobRuns.status, ['queued', 'running']),
      ),
    )
    .orderBy(desc(jobRuns.createdAt))
    .limit(20)
  return rows.map((row) => ({ ...row, error: null })) as BackupWork[]
}
