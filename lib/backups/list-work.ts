import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { type PastPhase, typicalPhases } from '#lib/backups/estimate-remaining.ts'
import type { BackupKind } from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { JobKind, JobPhase, JobStatus } from '#lib/jobs/types.ts'

/** Work on a backup that waits or runs, as its page shows it. */
export interface BackupWork {
  jobRunId: string
  kind: JobKind
  backupId: string
  backupKind: BackupKind
  status: JobStatus
  phase: string | null
  progressDone: number | null
  progressTotal: number | null
  phases: JobPhase[]
  /** What the phases took in earlier runs of this kind; empty where there were none. */
  typical: PastPhase[]
  cancelRequested: boolean
  requestedBy: string
  createdAt: Date
  error: null
}

const kinds: JobKind[] = ['backups.take', 'backups.verify', 'drills.run']
const earlierRuns = 5

const work = {
  jobRunId: jobRuns.id,
  kind: jobRuns.kind,
  backupId: backups.id,
  backupKind: backups.kind,
  status: jobRuns.status,
  phase: jobRuns.phase,
  progressDone: jobRuns.progressDone,
  progressTotal: jobRuns.progressTotal,
  phases: jobRuns.phases,
  cancelRequested: sql<boolean>`${jobRuns.cancelRequestedAt} is not null`,
  requestedBy: jobRuns.requestedBy,
  createdAt: jobRuns.createdAt,
}

/** A job names its backup itself, or through its drill. */
const selectWork = (db: DbOrTx) =>
  db
    .select(work)
    .from(jobRuns)
    .leftJoin(drills, eq(drills.jobRunId, jobRuns.id))
    .innerJoin(
      backups,
      eq(backups.id, sql`coalesce((${jobRuns.payload} ->> 'backupId')::uuid, ${drills.backupId})`),
    )

/** What waits or runs for a target's backups, newest first. */
export async function listBackupWork(db: DbOrTx, targetId: string): Promise<BackupWork[]> {
  const ofTarget = and(eq(jobRuns.targetId, targetId), inArray(jobRuns.kind, kinds))
  const rows = await selectWork(db)
    .where(and(ofTarget, inArray(jobRuns.status, ['queued', 'running'])))
    .orderBy(desc(jobRuns.createdAt))
    .limit(20)
  if (rows.length === 0) return []
  const past = await selectWork(db)
    .where(and(ofTarget, eq(jobRuns.status, 'succeeded')))
    .orderBy(desc(jobRuns.createdAt))
    .limit(60)
  return rows.map((row) => ({
    ...row,
    typical: typicalPhases(
      past
        .filter(({ kind, backupKind }) => kind === row.kind && backupKind === row.backupKind)
        .slice(0, earlierRuns)
        .map(({ phases }) =>
          (phases as JobPhase[]).map(({ name, durationMs }) => ({ name, durationMs: durationMs ?? 0 })),
        ),
    ),
    error: null,
  })) as BackupWork[]
}
