import { eq, inArray, sql } from 'drizzle-orm'
import { backups, drills } from '#drizzle/schema/backups.ts'
import { guardWatches } from '#drizzle/schema/guards.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import type { ProtectionSummary, TableCoverage } from '#lib/overview/types.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'

/** How each table that the policy protects or counts is held, and what the newest archive leaves out. */
export async function readCoverage(
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
