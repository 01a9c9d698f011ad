import { and, desc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { jobRuns, workerHeartbeats } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import type { JobKind, JobRun } from '#lib/jobs/types.ts'

const columns = {
  id: jobRuns.id,
  kind: jobRuns.kind,
  targetId: jobRuns.targetId,
  status: jobRuns.status,
  phase: jobRuns.phase,
  progressDone: jobRuns.progressDone,
  progressTotal: jobRuns.progressTotal,
  phases: jobRuns.phases,
  result: jobRuns.result,
  error: jobRuns.error,
  claimedBy: jobRuns.claimedBy,
  requestedBy: jobRuns.requestedBy,
  createdAt: jobRuns.createdAt,
  startedAt: jobRuns.startedAt,
  finishedAt: jobRuns.finishedAt,
}

/** The job run with this id. Throws AppError `job-not-found`. */
export async function getJobRun(db: DbOrTx, jobRunId: string): Promise<JobRun> {
  const [row] = await db.select(columns).from(jobRuns).where(eq(jobRuns.id, jobRunId))
  if (!row) throw notFound('job', jobRunId)
  return row as JobRun
}

/** What kind of work it is, or null when there is no such run. */
export async function findJobKind(db: DbOrTx, jobRunId: string): Promise<JobKind | null> {
  const [row] = await db.select({ kind: jobRuns.kind }).from(jobRuns).where(eq(jobRuns.id, jobRunId))
  return row ? (row.kind as JobKind) : null
}

/** What runs now and what ended in the last minute, newest first: the bar on every page. */
export async function listCurrentJobRuns(db: DbOrTx): Promise<JobRun[]> {
  const rows = await db
    .select(columns)
    .from(jobRuns)
    .where(
      or(
        inArray(jobRuns.status, ['queued', 'running']),
        and(
          gt(jobRuns.finishedAt, sql`now() - interval '1 minute'`),
          inArray(jobRuns.status, ['failed', 'succeeded']),
        ),
      ),
    )
    .orderBy(desc(jobRuns.createdAt))
    .limit(20)
  return rows as JobRun[]
}

export interface LiveWorker {
  workerId: string
  startedAt: Date
  seenAt: Date
  running: number
}

/** The workers that were seen in the last 20 seconds. None: nobody does the work that is requested. */
export const listLiveWorkers = (db: DbOrTx): Promise<LiveWorker[]> =>
  db
    .select()
    .from(workerHeartbeats)
    .where(gt(workerHeartbeats.seenAt, sql`now() - interval '20 seconds'`))
    .orderBy(workerHeartbeats.startedAt)
