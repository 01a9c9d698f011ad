import { and, asc, eq, gte, sql } from 'drizzle-orm'
import { healthLog, healthStates } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { HealthSeverity, HealthStatus, Sample } from '#lib/health/types.ts'

/** The newest finding of one check. */
export interface CheckState {
  check: string
  area: string
  title: string
  status: HealthStatus
  severity: HealthSeverity
  since: Date
  checkedAt: Date
  affected: number | null
  measured: number | null
  details: string
  remedy: string | null
  samples: Sample[]
  statement: string | null
  durationMs: number | null
}

/** The newest finding of every check of a target. */
export async function listStates(db: DbOrTx, targetId: string): Promise<CheckState[]> {
  const rows = await db
    .select({
      check: healthStates.check,
      area: healthLog.area,
      title: healthLog.title,
      status: healthStates.status,
      severity: healthLog.severity,
      since: healthStates.since,
      checkedAt: healthLog.checkedAt,
      affected: healthLog.affected,
      measured: healthLog.measured,
      details: healthLog.details,
      remedy: healthLog.remedy,
      samples: healthLog.samples,
      statement: healthStates.statement,
      durationMs: healthLog.durationMs,
    })
    .from(healthStates)
    .innerJoin(healthLog, eq(healthLog.id, healthStates.logId))
    .where(eq(healthStates.targetId, targetId))
    .orderBy(asc(healthStates.check))
  return rows as CheckState[]
}

/** One bucket of a check's history. */
export interface HistoryPoint {
  at: Date
  measured: number | null
  status: HealthStatus
}

/** A check's history within the last `hours`, in at most two hundred buckets; a bucket shows its worst status. */
export async function listHistory(
  db: DbOrTx,
  targetId: string,
  check: string,
  hours: number,
): Promise<HistoryPoint[]> {
  const bucketSeconds = Math.max(60, Math.ceil((hours * 3600) / 200))
  const bucket = sql`date_bin(make_interval(secs => ${bucketSeconds}), ${healthLog.checkedAt}, '2000-01-01Z')`
  const rows = await db
    .select({
      at: sql`${bucket}`.mapWith(healthLog.checkedAt),
      // The worst of the bucket: fewest rows, most of anything else. An average would hide a short loss.
      measured: sql<
        number | null
      >`case when min(${healthLog.area}) = 'rows' then min(${healthLog.measured}) else max(${healthLog.measured}) end`,
      status: sql<HealthStatus>`case when bool_or(${healthLog.status} = 'unhealthy') then 'unhealthy'
        when bool_or(${healthLog.status} = 'no-data') then 'no-data' else 'healthy' end`,
    })
    .from(healthLog)
    .where(
      and(
        eq(healthLog.targetId, targetId),
        eq(healthLog.check, check),
        gte(healthLog.checkedAt, sql`now() - make_interval(hours => ${hours})`),
      ),
    )
    .groupBy(sql`1`)
    .orderBy(sql`1`)
  return rows
}
