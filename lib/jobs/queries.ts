import { and, desc, eq, gt, inArray, or, sql } from 'drizzle-orm'
import { jobRuns, workerHeartbeats } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
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

/** Work that was given up and has not gone well since. */
export interface GivenUpWork {
  kind: JobKind
  targetName: string | null
  finishedAt: Date
  message: string
  hint: string | null
}

/** What workers died on or what never came back, in the last day, unless the same work was asked for again and went well. */
export async function listGivenUpWork(db: DbOrTx): Promise<GivenUpWork[]> {
  const rows = await db
    .selectDistinctOn([jobRuns.kind, jobRuns.targetId], {
      kind: jobRuns.kind,
      targetName: targets.name,
      finishedAt: jobRuns.finishedAt,
      message: sql<string>`${jobRuns.error} ->> 'message'`,
      hint: sql<string | null>`${jobRuns.error} ->> 'hint'`,
    })
    .from(jobRuns)
    .leftJoin(targets, eq(targets.id, jobRuns.targetId))
    .where(
      and(
        eq(jobRuns.status, 'failed'),
        gt(jobRuns.createdAt, sql`now() - interval '3 days'`),
        gt(jobRuns.finishedAt, sql`now() - interval '1 day'`),
        inArray(sql`${jobRuns.error} ->> 'code'`, ['gave-up', 'took-too-long']),
        sql`not exists (
          select from ${jobRuns} later where later.status = 'succeeded' and later.kind = ${jobRuns.kind}
            and later.target_id is not distinct from ${jobRuns.targetId} and later.created_at > ${jobRuns.finishedAt})`,
      ),
    )
    .orderBy(jobRuns.kind, jobRuns.targetId, desc(jobRuns.finishedAt))
  return rows.map((row) => ({ ...row, kind: row.kind as JobKind, finishedAt: row.finishedAt! }))
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
