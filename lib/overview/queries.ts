import { and, desc, eq, isNotNull, sql } from 'drizzle-orm'
import { drills } from '#drizzle/schema/backups.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { healthStates } from '#drizzle/schema/health.ts'
import { measureProtection } from '#lib/backups/queries.ts'
import { readBackupCalendar } from '#lib/backups/read-calendar.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { listAttention } from '#lib/overview/attention.ts'
import { nextOfIncident } from '#lib/overview/attention-items.ts'
import { listGaps } from '#lib/overview/gaps.ts'
import { readAttention } from '#lib/overview/read-attention.ts'
import { readCoverage } from '#lib/overview/read-coverage.ts'
import type {
  CalmEvidence,
  DrillPoint,
  Overview,
  OverviewDeployment,
  ProtectionSummary,
} from '#lib/overview/types.ts'
import { getPolicy, getTarget, listTargets } from '#lib/targets/queries.ts'

const calendarDays = 30
const minuteMs = 60_000

/** Everything that the first page says about a target, from our own records; the same for everybody who looks. */
export async function readOverview(db: DbOrTx, targetId: string, { now }: { now: Date }): Promise<Overview> {
  const target = await getTarget(db, targetId)
  const [{ document: policy }, measured, noticed, operations, checks, control] = await Promise.all([
    getPolicy(db, targetId),
    measureProtection(db, targetId, now),
    readAttention(db, targetId, now),
    listOperations(db, { targetId, statuses: ['planned', 'awaiting-approval', 'approved'], limit: 20 }),
    countChecks(db, targetId),
    readControl(db, now),
  ])
  const before = (ageMs: number) => new Date(now.getTime() - ageMs)
  const protection: ProtectionSummary = {
    archive:
      measured.exposureBackupId === null || measured.exposureMs === null
        ? null
        : { id: measured.exposureBackupId, takenAt: before(measured.exposureMs) },
    snapshot:
      measured.rescueBackupId === null || measured.rescueMs === null
        ? null
        : { id: measured.rescueBackupId, takenAt: before(measured.rescueMs) },
    proof:
      measured.provenDrillId === null || measured.provenAt === null || measured.recoveryMs === null
        ? null
        : { drillId: measured.provenDrillId, at: measured.provenAt, recoveryMs: measured.recoveryMs },
    objectives: {
      exposureMs: policy.objectives.exposureMinutes * minuteMs,
      recoveryMs: policy.objectives.recoveryMinutes * minuteMs,
      proofMs: policy.objectives.proofHours * 60 * minuteMs,
    },
  }
  const [{ coverage, notArchived }, calendar, recentDrills, lastDeployments] = await Promise.all([
    readCoverage(db, targetId, policy, protection),
    readBackupCalendar(db, targetId, { now, days: calendarDays, timeZone: policy.timeZone }),
    listDrillPoints(db, targetId),
    listLastDeployments(db, targetId),
  ])
  const incident = noticed.incidents.find(({ id }) => id !== noticed.ownIncidentId) ?? null
  const guarded = coverage.filter(({ guard }) => guard === 'installed').length
  return {
    target: { id: target.id, name: target.name, environment: target.environment },
    protection,
    incident: incident ? { ...incident, next: nextOfIncident(incident) } : null,
    attention: listAttention({ ...noticed, targetName: target.name }),
    waiting: operations.map(({ id, kind, status, sentence, reason, requestedBy, createdAt }) => ({
      id,
      kind,
      status,
      sentence,
      reason,
      requestedBy,
      createdAt,
    })),
    evidence: { ...noticed.evidence, checks, guarded: { installed: guarded, total: coverage.length } },
    firing: { count: noticed.alerts.length, worst: noticed.alerts[0]?.severity ?? null },
    coverage,
    gaps: listGaps({
      targetName: target.name,
      isControl: target.kind === 'control',
      policy,
      protection,
      coverage,
      notArchived,
      tellsSomebody: noticed.tellsSomebody,
      now,
    }),
    control,
    calendar,
    drills: recentDrills,
    deployments: lastDeployments,
  }
}

async function countChecks(db: DbOrTx, targetId: string): Promise<CalmEvidence['checks']> {
  const [row] = await db
    .select({
      healthy: sql<number>`count(*) filter (where ${healthStates.status} = 'healthy')`.mapWith(Number),
      noData: sql<number>`count(*) filter (where ${healthStates.status} = 'no-data')`.mapWith(Number),
      total: sql<number>`count(*)`.mapWith(Number),
      newestAt: sql<Date | null>`max(${healthStates.checkedAt})`.mapWith(healthStates.checkedAt),
    })
    .from(healthStates)
    .where(eq(healthStates.targetId, targetId))
  return row ?? { healthy: 0, noData: 0, total: 0, newestAt: null }
}

/** How Holdfast's own database stands, in a line. Null where it is not a target (yet). */
async function readControl(db: DbOrTx, now: Date): Promise<Overview['control']> {
  const control = (await listTargets(db)).find(({ kind }) => kind === 'control')
  if (!control) return null
  const { exposureSince, provenAt } = await measureProtection(db, control.id, now)
  return { name: control.name, archivedAt: exposureSince, provenAt }
}

async function listDrillPoints(db: DbOrTx, targetId: string): Promise<DrillPoint[]> {
  const rows = await db
    .select({
      id: drills.id,
      finishedAt: drills.finishedAt,
      verdict: drills.verdict,
      recoveryMs: drills.recoveryMs,
    })
    .from(drills)
    .where(and(eq(drills.targetId, targetId), isNotNull(drills.finishedAt), isNotNull(drills.verdict)))
    .orderBy(desc(drills.finishedAt))
    .limit(14)
  return (rows as DrillPoint[]).reverse()
}

const listLastDeployments = async (db: DbOrTx, targetId: string): Promise<OverviewDeployment[]> =>
  db
    .select({
      id: deployments.id,
      number: sql<number>`${deployments.number}`.mapWith(Number),
      title: deployments.title,
      status: deployments.status,
      verdict: deployments.verdict,
      createdAt: deployments.createdAt,
    })
    .from(deployments)
    .where(eq(deployments.targetId, targetId))
    .orderBy(desc(deployments.createdAt))
    .limit(5)
