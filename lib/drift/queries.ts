import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { driftComparisons } from '#drizzle/schema/drift.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Found } from '#lib/drift/types.ts'
import { notFound } from '#lib/errors.ts'

export interface Comparison {
  id: string
  masterId: string
  masterName: string
  targetId: string
  targetName: string
  mirror: string | null
  status: 'queued' | 'running' | 'compared' | 'failed'
  inSync: boolean | null
  tables: string[]
  found: Found | null
  masterReadAt: Date | null
  targetReadAt: Date | null
  error: { code: string; message: string; hint: string | null } | null
  requestedBy: string
  createdAt: Date
  finishedAt: Date | null
  jobRunId: string | null
}

const master = alias(targets, 'master')
const target = alias(targets, 'target')

const ended = ['succeeded', 'failed', 'cancelled']

/** The comparison's own words, unless its work ended without any: then it failed, as the work did. */
async function select(db: DbOrTx, where: SQL | undefined, limit: number): Promise<Comparison[]> {
  const rows = await db
    .select({
      comparison: driftComparisons,
      masterName: master.name,
      targetName: target.name,
      jobStatus: jobRuns.status,
      jobError: jobRuns.error,
      jobFinishedAt: jobRuns.finishedAt,
    })
    .from(driftComparisons)
    .innerJoin(master, eq(master.id, driftComparisons.masterId))
    .innerJoin(target, eq(target.id, driftComparisons.targetId))
    .leftJoin(jobRuns, eq(jobRuns.id, driftComparisons.jobRunId))
    .where(where)
    .orderBy(desc(driftComparisons.createdAt), desc(driftComparisons.id))
    .limit(limit)
  return rows.map(({ comparison, masterName, targetName, jobStatus, jobError, jobFinishedAt }) => {
    const isOpen = comparison.status === 'queued' || comparison.status === 'running'
    const isLost = isOpen && jobStatus !== null && ended.includes(jobStatus)
    const lost = {
      status: 'failed' as const,
      error: jobError ?? { code: 'cancelled', message: 'It was cancelled before it began.', hint: null },
      finishedAt: jobFinishedAt,
    }
    return { ...comparison, masterName, targetName, ...(isLost ? lost : {}) } as Comparison
  })
}

/** The comparison with this id. Throws AppError `comparison-not-found`. */
export async function getComparison(db: DbOrTx, id: string): Promise<Comparison> {
  const [found] = await select(db, eq(driftComparisons.id, id), 1)
  if (!found) throw notFound('comparison', id, 'List them with: holdfast drift list NAME')
  return found
}

/** A target's comparisons, newest first: those in which it is the one that should be like the other, and those as master. */
export const listComparisons = (db: DbOrTx, targetId: string, limit = 50): Promise<Comparison[]> =>
  select(
    db,
    sql`(${driftComparisons.targetId} = ${targetId} or ${driftComparisons.masterId} = ${targetId})`,
    limit,
  )

/** One mirror's comparisons, newest first. */
export const listOfMirror = (
  db: DbOrTx,
  targetId: string,
  mirror: string,
  limit = 48,
): Promise<Comparison[]> =>
  select(db, and(eq(driftComparisons.targetId, targetId), eq(driftComparisons.mirror, mirror)), limit)

/** The newest of a mirror's comparisons that ended, in whatever way. */
export async function findNewestOfMirror(
  db: DbOrTx,
  targetId: string,
  mirror: string,
): Promise<Comparison | null> {
  const newest = await listOfMirror(db, targetId, mirror, 5)
  return newest.find(({ status }) => status === 'compared' || status === 'failed') ?? null
}

/** Whether a comparison of one of the target's mirrors waits or runs. */
export async function isUnderWay(db: DbOrTx, targetId: string): Promise<boolean> {
  const [row] = await db
    .select({ id: jobRuns.id })
    .from(jobRuns)
    .where(
      and(
        eq(jobRuns.kind, 'drift.compare'),
        eq(jobRuns.targetId, targetId),
        inArray(jobRuns.status, ['queued', 'running']),
        sql`exists (select from ${driftComparisons} c where c.job_run_id = ${jobRuns.id} and c.mirror is not null)`,
      ),
    )
    .limit(1)
  return row !== undefined
}

/** Rows that refer to something which is not there, on both sides together. */
export const countLost = (found: Found | null): number =>
  (found?.references ?? []).reduce((sum, { orphans }) => sum + orphans, 0)

export interface DriftCounts {
  missing: number
  extra: number
  changed: number
}

export const countDrift = (found: Found | null): DriftCounts =>
  (found?.tables ?? []).reduce(
    (sum, table) => ({
      missing: sum.missing + table.missing,
      extra: sum.extra + table.extra,
      changed: sum.changed + table.changed,
    }),
    { missing: 0, extra: 0, changed: 0 },
  )
