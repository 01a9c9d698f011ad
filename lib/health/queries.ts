import { and, asc, desc, eq, getTableColumns, gte, lt, sql } from 'drizzle-orm'
import { healthLog, healthStates, healthTurns } from '#drizzle/schema/health.ts'
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
  const { targetId: _, ...columns } = getTableColumns(healthStates)
  const rows = await db
    .select(columns)
    .from(healthStates)
    .where(eq(healthStates.targetId, targetId))
    .orderBy(asc(healthStates.check))
  return rows as CheckState[]
}

/** Never more than this of anything that grows. */
const mostRows = 100
const atMost = (limit: number): number => Math.min(Math.max(Math.trunc(limit) || 1, 1), mostRows)

/** One finding as the log has it. */
export interface LoggedFinding {
  checkedAt: Date
  status: HealthStatus
  severity: HealthSeverity
  affected: number | null
  measured: number | null
  details: string
  durationMs: number | null
}

/** A page of findings is hardly ever older than this from its first to its last. */
const usualMs = 2 * 86_400_000

/**
 * Findings of one check, newest first, from before a moment on: a page costs the same wherever it is. It is looked for
 * in the partitions next to that moment, and only where those hold too few in all of them: planning thirty costs more than reading one.
 */
export async function listFindings(
  db: DbOrTx,
  targetId: string,
  check: string,
  { before, limit }: { before?: Date | undefined; limit: number },
): Promise<LoggedFinding[]> {
  // There is nothing older than 1970 and nothing newer than tomorrow, and not every year is a timestamp.
  const until = new Date(Math.min(Math.max((before ?? new Date()).getTime(), 0), Date.now() + usualMs))
  const find = (since: Date | null): Promise<LoggedFinding[]> =>
    db
      .select({
        checkedAt: healthLog.checkedAt,
        status: healthLog.status,
        severity: healthLog.severity,
        affected: healthLog.affected,
        measured: healthLog.measured,
        details: healthLog.details,
        durationMs: healthLog.durationMs,
      })
      .from(healthLog)
      .where(
        and(
          eq(healthLog.targetId, targetId),
          eq(healthLog.check, check),
          before ? lt(healthLog.checkedAt, until) : undefined,
          since ? gte(healthLog.checkedAt, since) : undefined,
        ),
      )
      .orderBy(desc(healthLog.checkedAt))
      .limit(atMost(limit))
  const near = await find(new Date(until.getTime() - usualMs))
  return near.length === atMost(limit) ? near : find(null)
}

/** A check's status or severity became another. */
export interface Turn {
  check: string
  at: Date
  title: string
  /** Null where the check was first seen. */
  statusBefore: HealthStatus | null
  status: HealthStatus
  severity: HealthSeverity
  details: string
}

/** The newest turns of a target, or of one of its checks. Across a target first sights are left out. */
export async function listTurns(
  db: DbOrTx,
  targetId: string,
  { check, limit }: { check?: string | undefined; limit: number },
): Promise<Turn[]> {
  return db
    .select({
      check: healthTurns.check,
      at: healthTurns.at,
      title: healthTurns.title,
      statusBefore: healthTurns.statusBefore,
      status: healthTurns.status,
      severity: healthTurns.severity,
      details: healthTurns.details,
    })
    .from(healthTurns)
    .where(
      and(
        eq(healthTurns.targetId, targetId),
        check === undefined ? sql`${healthTurns.statusBefore} is not null` : eq(healthTurns.check, check),
      ),
    )
    .orderBy(desc(healthTurns.at), asc(healthTurns.check))
    .limit(atMost(limit))
}

/** How many hours an area's strip shows. */
export const stripHours = 48

/** By area: the worst of each of the last hours, oldest first; null where nobody looked. */
export async function listAreaStrips(
  db: DbOrTx,
  targetId: string,
): Promise<Record<string, (HealthStatus | null)[]>> {
  const rows = await db.execute<{ area: string; ago: number; unhealthy: boolean; unknown: boolean }>(sql`
    select s.area, (extract(epoch from date_trunc('hour', now(), 'UTC') - h.at) / 3600)::int as ago,
      bool_or(h.unhealthy > 0) as unhealthy, bool_or(h.no_data > 0) as unknown
    from health_hours h join health_states s on s.target_id = h.target_id and s."check" = h."check"
    where h.target_id = ${targetId}
      and h.at > date_trunc('hour', now(), 'UTC') - make_interval(hours => ${stripHours})
    group by s.area, h.at`)
  const strips: Record<string, (HealthStatus | null)[]> = {}
  for (const { area, ago, unhealthy, unknown } of rows) {
    strips[area] ??= Array.from({ length: stripHours }, () => null)
    if (ago < 0 || ago >= stripHours) continue
    strips[area][stripHours - 1 - ago] = unhealthy ? 'unhealthy' : unknown ? 'no-data' : 'healthy'
  }
  return strips
}
