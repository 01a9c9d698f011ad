import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { deployments } from '#drizzle/schema/deployments.ts'
import { guardWatches } from '#drizzle/schema/guards.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import { listAlerts } from '#lib/alerts/queries.ts'
import { measureProtection } from '#lib/backups/queries.ts'
import { readBackupCalendar } from '#lib/backups/read-calendar.ts'
import type { Role } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import { findOpenIncident } from '#lib/incidents/queries.ts'
import { listOperations } from '#lib/operations/queries.ts'
import { listAttention } from '#lib/overview/attention.ts'
import { listGaps } from '#lib/overview/gaps.ts'
import type {
  DrillPoint,
  Overview,
  OverviewDeployment,
  ProtectionSummary,
  TableCoverage,
} from '#lib/overview/types.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'
import { getPolicy, getTarget, listTargets } from '#lib/targets/queries.ts'

const calendarDays = 30
const minuteMs = 60_000

/** Everything that the first page says about a target, from our own records. */
export async function readOverview(
  db: DbOrTx,
  targetId: string,
  { user, now }: { user: { id: string; role: Role }; now: Date },
): Promise<Overview> {
  const target = await getTarget(db, targetId)
  const [{ document: policy }, measured, incident, alerts, operations] = await Promise.all([
    getPolicy(db, targetId),
    measureProtection(db, targetId, now),
    findOpenIncident(db, targetId),
    listAlerts(db, { targetId, openOnly: true, limit: 100 }),
    listOperations(db, { targetId, statuses: ['planned', 'awaiting-approval', 'approved'], limit: 20 }),
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
  const firing = alerts.filter(({ status, severity }) => status === 'firing' && severity !== 'INFO')
  return {
    target: { id: target.id, name: target.name, environment: target.environment },
    protection,
    incident,
    attention: listAttention({ targetName: target.name, incident, alerts, operations, user }),
    firing: { count: firing.length, worst: firing[0]?.severity ?? null },
    coverage,
    gaps: listGaps({
      targetName: target.name,
      isControl: target.kind === 'control',
      policy,
      protection,
      coverage,
      notArchived,
      now,
    }),
    control: await readControl(db, now),
    calendar,
    drills: recentDrills,
    deployments: lastDeployments,
  }
}

/** How Holdfast's own database stands, in a line. Null where it is not a target (yet). */
async function readControl(db: DbOrTx, now: Date): Promise<Overview['control']> {
  const control = (await listTargets(db)).find(({ kind }) => kind === 'control')
  if (!control) return null
  const { exposureSince, provenAt } = await measureProtection(db, control.id, now)
  return { name: control.name, archivedAt: exposureSince, provenAt }
}

async function readCoverage(
  db: DbOrTx,
  targetId: string,
  policy: Policy,
  { archive, snapshot, proof }: ProtectionSummary,
): Promise<{ coverage: TableCoverage[]; notArchived: { name: string; reason: string }[] }> {
  const tables = [
    ...new Set(
      [...policy.protectedTables, ...policy.rowCounts].map(({ table }) => formatTable(policyTable(table))),
    ),
  ]
  const drilledBackupId = proof
    ? db.select({ backupId: drills.backupId }).from(drills).where(eq(drills.id, proof.drillId))
    : null
  const ids = [archive?.id, snapshot?.id].filter((id) => id !== undefined)
  const [guards, watches, counts, copies, drilled] = await Promise.all([
    listGuardStates(db, targetId),
    db.$count(guardWatches, eq(guardWatches.targetId, targetId)),
    listRowTrends(db, targetId, tables),
    ids.length === 0 ? [] : db.select(copyColumns).from(backups).where(inArray(backups.id, ids)),
    drilledBackupId ? db.select(copyColumns).from(backups).where(inArray(backups.id, drilledBackupId)) : [],
  ])
  // Nothing is compared any more where the guards were taken off.
  const wereWatched = watches > 0
  const tablesOf = (copy: { tables: TableName[] | null } | undefined) =>
    new Set((copy?.tables ?? []).map((table) => formatTable(table)))
  const archiveCopy = copies.find(({ id }) => id === archive?.id)
  const inArchive = tablesOf(archiveCopy)
  const inSnapshot = tablesOf(copies.find(({ id }) => id === snapshot?.id))
  const inDrill = tablesOf(drilled[0])
  const protectedNames = new Set(policy.protectedTables.map(({ table }) => formatTable(policyTable(table))))

  const coverage = tables
    .filter((table) => protectedNames.has(table) || counts.has(table))
    .map((table): TableCoverage => {
      const trend = counts.get(table) ?? []
      const last = trend.at(-1)
      const dayAgo = trend.at(-1 - trendStepsPerDay)
      const change =
        last && dayAgo && last.rows !== null && dayAgo.rows !== null ? last.rows - dayAgo.rows : null
      return {
        table,
        guard:
          guards.find((state) => state.table === table)?.state ??
          (wereWatched ? 'missing' : 'never-verified'),
        snapshotAt: snapshot && inSnapshot.has(table) ? snapshot.takenAt : null,
        archiveAt: archive && inArchive.has(table) ? archive.takenAt : null,
        drilledAt: proof && inDrill.has(table) ? proof.at : null,
        rows: last?.rows ?? null,
        countedAt: last?.countedAt ?? null,
        change,
        trend: trend.map(({ rows }) => rows),
      }
    })
  return { coverage, notArchived: archiveCopy?.notCovered ?? [] }
}

/** Only the names out of the facts: those of a large database are megabytes. */
const copyColumns = {
  id: backups.id,
  tables: sql<
    TableName[] | null
  >`(select jsonb_agg(jsonb_build_object('schema', t ->> 'schema', 'name', t ->> 'name')) from jsonb_array_elements(${backups.facts} -> 'tables') t)`,
  notCovered: sql<{ name: string; reason: string }[] | null>`${backups.facts} -> 'notCovered'`,
}

const trendStepsPerDay = 2
const trendDays = 14

interface TrendPoint {
  rows: number | null
  countedAt: Date | null
}

/**
 * The newest count in each half day of two weeks, per table. One index lookup per point (counts are taken every
 * minute, so reading them all would be 20,000 rows per table).
 */
async function listRowTrends(
  db: DbOrTx,
  targetId: string,
  tables: readonly string[],
): Promise<Map<string, TrendPoint[]>> {
  const trends = new Map<string, TrendPoint[]>()
  if (tables.length === 0) return trends
  const points = await db.execute<{ table_name: string; rows: string | null; counted_at: string | null }>(sql`
    select t.table_name, c.rows, c.counted_at
    from unnest(array[${sql.join(
      tables.map((table) => sql`${table}::text`),
      sql`, `,
    )}]) with ordinality as t (table_name, position)
    cross join generate_series(0, ${trendDays * trendStepsPerDay}) as step
    left join lateral (
      select r.rows, r.counted_at
      from ${rowCounts} r
      where r.target_id = ${targetId} and r.table_name = t.table_name
        and r.counted_at <= now() - (${trendDays * trendStepsPerDay} - step) * interval '12 hours'
        and r.counted_at > now() - (${trendDays * trendStepsPerDay} - step + 1) * interval '12 hours'
      order by r.counted_at desc
      limit 1
    ) c on true
    order by t.position, step`)
  for (const { table_name, rows, counted_at } of points) {
    const trend = trends.get(table_name) ?? []
    trend.push({
      rows: rows === null ? null : Number(rows),
      countedAt: counted_at === null ? null : new Date(counted_at),
    })
    trends.set(table_name, trend)
  }
  return trends
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
