import { and, desc, eq, gt, gte, inArray, isNotNull, max, min, type SQL, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { healthLog, healthStates } from '#drizzle/schema/health.ts'
import { probeMeasurements } from '#drizzle/schema/performance.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import { listAloneOperationFacts } from './alone-operations.ts'
import { getArchiveFacts } from './archive-facts.ts'
import { listBrokenGlassFacts } from './broken-glass.ts'
import { getDisasterFacts } from './disaster-facts.ts'
import { getDriftFacts } from './drift-facts.ts'
import { findUncoveredFact, listBlockedFacts, listGuardFacts } from './guard-facts.ts'
import type { RelatedDeletes } from './incident-rule.ts'
import { blockedWindowMinutes } from './problems.ts'
import type { AlertFacts, CheckFact, DrillFact, ProbeFact } from './types.ts'

const messageIn = (error: unknown): string | null => {
  const message = (error as { message?: unknown } | null)?.message
  return typeof message === 'string' ? message : null
}

/** Everything that the alerts of a target are judged from, out of our own records. */
export async function getAlertFacts(db: DbOrTx, targetId: string): Promise<AlertFacts> {
  const [target] = await db
    .select({
      name: targets.name,
      kind: targets.kind,
      createdAt: targets.createdAt,
      status: targets.status,
      statusAt: targets.statusAt,
      now: sql`now()`.mapWith(targets.createdAt),
    })
    .from(targets)
    .where(eq(targets.id, targetId))
  if (!target) throw notFound('target', targetId)
  const applied = await getPolicy(db, targetId)
  const { document: policy } = applied
  return {
    now: target.now,
    targetName: target.name,
    targetAddedAt: target.createdAt,
    unreachableSince: target.status === 'unreachable' ? target.statusAt : null,
    objectives: policy.objectives,
    schedules: policy.schedules,
    checks: await listCheckFacts(db, targetId),
    blocked: await listBlockedFacts(db, targetId),
    guards: await listGuardFacts(db, targetId),
    uncovered: await findUncoveredFact(db, targetId),
    brokenGlass: await listBrokenGlassFacts(db, targetId),
    aloneOperations: await listAloneOperationFacts(db, targetId),
    ...(await getBackupFacts(db, targetId)),
    ...(await getDrillFacts(db, targetId)),
    ...(await getArchiveFacts(db, targetId, policy)),
    ...(await getDisasterFacts(db, { id: targetId, kind: target.kind }, policy)),
    ...(await getDriftFacts(db, targetId, applied)),
    probes: (await listProbeFacts(db, targetId)).filter((fact) =>
      policy.probes.some((probe) => probe.name === fact.probe),
    ),
  }
}

async function listCheckFacts(db: DbOrTx, targetId: string): Promise<CheckFact[]> {
  // The two states of a check differ in who is affected: one user more locked out is a new loss on an old problem.
  return db
    .select({
      check: healthStates.check,
      area: healthStates.area,
      title: healthStates.title,
      status: healthStates.status,
      severity: healthStates.severity,
      affected: healthStates.affected,
      details: healthStates.details,
      remedy: healthStates.remedy,
      checkedAt: healthStates.checkedAt,
      since: healthStates.since,
      // Only for what is wrong: a healthy check would be searched for a day in vain. In a query of one table Drizzle
      // writes columns without the table's name, which the log's would take for its own.
      lastBetterAt: sql`case when health_states.status = 'unhealthy' then (
        select max(earlier.checked_at) from ${healthLog} earlier
        where earlier.target_id = health_states.target_id and earlier."check" = health_states."check"
          and earlier.checked_at >= health_states.checked_at - interval '24 hours'
          and earlier.checked_at < health_states.checked_at
          and (earlier.status = 'healthy' or earlier.status = 'unhealthy' and earlier.affected < health_states.affected)
      ) end`.mapWith(healthStates.checkedAt) as SQL<Date | null>,
    })
    .from(healthStates)
    .where(eq(healthStates.targetId, targetId))
}

async function getBackupFacts(db: DbOrTx, targetId: string) {
  const good = await db
    .select({ kind: backups.kind, takenAt: max(backups.takenAt) })
    .from(backups)
    .where(and(eq(backups.targetId, targetId), eq(backups.origin, 'holdfast'), eq(backups.status, 'good')))
    .groupBy(backups.kind)
  const newest = await db
    .selectDistinctOn([backups.kind], {
      id: backups.id,
      kind: backups.kind,
      status: backups.status,
      finishedAt: backups.finishedAt,
      error: backups.error,
    })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        // Others' archives have alerts of their own.
        eq(backups.origin, 'holdfast'),
        inArray(backups.status, ['good', 'suspicious', 'failed']),
        isNotNull(backups.finishedAt),
      ),
    )
    .orderBy(backups.kind, desc(backups.finishedAt))
  const takenAt = (kind: string) => good.find((row) => row.kind === kind)?.takenAt ?? null
  const latest = good
    .flatMap((row) => (row.takenAt ? [row.takenAt] : []))
    .sort((a, b) => b.getTime() - a.getTime())
  return {
    lastGoodBackupAt: latest[0] ?? null,
    lastGoodArchiveAt: takenAt('archive'),
    backups: newest.map(({ error, finishedAt, status, ...row }) => ({
      ...row,
      status: status as 'good' | 'suspicious' | 'failed',
      finishedAt: finishedAt!,
      message: messageIn(error),
    })),
  }
}

async function getDrillFacts(db: DbOrTx, targetId: string) {
  const newest = async (condition?: SQL): Promise<DrillFact | null> => {
    const [row] = await db
      .select()
      .from(drills)
      .where(and(eq(drills.targetId, targetId), eq(drills.status, 'finished'), condition))
      .orderBy(desc(drills.finishedAt))
      .limit(1)
    if (!row?.verdict || !row.finishedAt) return null
    return { id: row.id, verdict: row.verdict, finishedAt: row.finishedAt, message: messageIn(row.error) }
  }
  return {
    lastDrill: await newest(),
    lastConclusiveDrill: await newest(inArray(drills.verdict, ['passed', 'failed'])),
    lastPassedDrillAt: (await newest(eq(drills.verdict, 'passed')))?.finishedAt ?? null,
  }
}

async function listProbeFacts(db: DbOrTx, targetId: string): Promise<ProbeFact[]> {
  const ranked = db
    .select({
      probe: probeMeasurements.probe,
      verdict: probeMeasurements.verdict,
      medianMs: probeMeasurements.medianMs,
      changePercent: probeMeasurements.changePercent,
      measuredAt: probeMeasurements.measuredAt,
      previousVerdict: sql<
        string | null
      >`lead(${probeMeasurements.verdict}) over (partition by ${probeMeasurements.probe} order by ${probeMeasurements.measuredAt} desc)`.as(
        'previous_verdict',
      ),
      rank: sql<string>`row_number() over (partition by ${probeMeasurements.probe} order by ${probeMeasurements.measuredAt} desc)`.as(
        'rank',
      ),
    })
    .from(probeMeasurements)
    .where(
      and(
        eq(probeMeasurements.targetId, targetId),
        gt(probeMeasurements.measuredAt, sql`now() - interval '2 days'`),
      ),
    )
    .as('ranked')
  const rows = await db.select().from(ranked).where(eq(ranked.rank, '1'))
  return rows.map(({ rank: _, ...fact }) => fact)
}

/** Rows deleted within the last hour, within the budgets, by a role and application whose mass delete was refused in it. */
export async function findRelatedDeletes(db: DbOrTx, targetId: string): Promise<RelatedDeletes | null> {
  const [found] = await db
    .select({ rows: sql`sum(${guardEvents.rows})`.mapWith(Number), firstAt: min(guardEvents.at) })
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        eq(guardEvents.kind, 'deleted'),
        gt(guardEvents.at, sql`now() - make_interval(mins => ${blockedWindowMinutes})`),
        sql`exists (
          select from ${guardEvents} blocked
          where blocked.target_id = ${guardEvents.targetId} and blocked.kind = 'blocked'
            and blocked.at > now() - make_interval(mins => ${blockedWindowMinutes})
            and blocked.role_name is not distinct from ${guardEvents.roleName}
            and blocked.application_name is not distinct from ${guardEvents.applicationName})`,
      ),
    )
  return found?.firstAt && found.rows > 0 ? { rows: found.rows, firstAt: found.firstAt } : null
}

/** The first delete that the guards journalled since this moment, or null. */
export async function findFirstDelete(db: DbOrTx, targetId: string, since: Date): Promise<Date | null> {
  const [found] = await db
    .select({ at: min(guardEvents.at) })
    .from(guardEvents)
    .where(
      and(eq(guardEvents.targetId, targetId), eq(guardEvents.kind, 'deleted'), gte(guardEvents.at, since)),
    )
  return found?.at ?? null
}
