import { and, desc, eq, gt, inArray, isNotNull, sql } from 'drizzle-orm'
import { probeBaselines, probeMeasurements } from '#drizzle/schema/performance.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getPolicy } from '#lib/targets/queries.ts'
import type { Baseline } from './judge.ts'
import type { ProbeReading } from './types.ts'

export type KeptBaseline = Baseline & { learnedAt: Date; learnedBy: string }

/** What is normal for each probe of a target, by probe. */
export async function listBaselines(db: DbOrTx, targetId: string): Promise<Map<string, KeptBaseline>> {
  const rows = await db.select().from(probeBaselines).where(eq(probeBaselines.targetId, targetId))
  return new Map(rows.map(({ targetId: _, probe, ...baseline }) => [probe, baseline]))
}

/** The newest measurements of a probe that gave numbers, newest first. */
export async function listMeasured(
  db: DbOrTx,
  targetId: string,
  probe: string,
  limit: number,
): Promise<{ medianMs: number; p95Ms: number }[]> {
  const rows = await db
    .select({ medianMs: probeMeasurements.medianMs, p95Ms: probeMeasurements.p95Ms })
    .from(probeMeasurements)
    .where(
      and(
        eq(probeMeasurements.targetId, targetId),
        eq(probeMeasurements.probe, probe),
        isNotNull(probeMeasurements.medianMs),
        isNotNull(probeMeasurements.p95Ms),
      ),
    )
    .orderBy(desc(probeMeasurements.measuredAt))
    .limit(limit)
  return rows as { medianMs: number; p95Ms: number }[]
}

/** Every probe of the policy as last measured, beside its baseline. A probe never measured is there too, as no data. */
export async function listProbeReadings(db: DbOrTx, targetId: string): Promise<ProbeReading[]> {
  const { document: policy } = await getPolicy(db, targetId)
  const baselines = await listBaselines(db, targetId)
  const newest = await db
    .selectDistinctOn([probeMeasurements.probe])
    .from(probeMeasurements)
    .where(
      and(
        eq(probeMeasurements.targetId, targetId),
        inArray(
          probeMeasurements.probe,
          policy.probes.map((probe) => probe.name),
        ),
      ),
    )
    .orderBy(probeMeasurements.probe, desc(probeMeasurements.measuredAt))
  return policy.probes.map((probe) => {
    const measured = newest.find((row) => row.probe === probe.name)
    return {
      name: probe.name,
      category: probe.category,
      medianMs: measured?.medianMs ?? null,
      p95Ms: measured?.p95Ms ?? null,
      baselineMs: baselines.get(probe.name)?.medianMs ?? null,
      changePercent: measured?.changePercent ?? null,
      verdict: measured?.verdict ?? 'no-data',
      maximumMs: probe.maximumMs ?? null,
      measuredAt: measured?.measuredAt ?? null,
      error: measured?.error ?? null,
    }
  })
}

export interface ProbePoint {
  probe: string
  measuredAt: Date
  medianMs: number | null
  p95Ms: number | null
}

/** Each probe's measurements since a moment, oldest first, thinned by buckets to at most some 300 points per probe. */
export async function listProbeHistory(db: DbOrTx, targetId: string, since: Date): Promise<ProbePoint[]> {
  const bucketSeconds = Math.max(1, Math.ceil((Date.now() - since.getTime()) / 1000 / 300))
  const bucket = sql`floor(extract(epoch from ${probeMeasurements.measuredAt}) / ${sql.raw(String(bucketSeconds))})`
  const middle = (column: typeof probeMeasurements.medianMs | typeof probeMeasurements.p95Ms) =>
    sql<number | null>`percentile_cont(0.5) within group (order by ${column})`
  return db
    .select({
      probe: probeMeasurements.probe,
      measuredAt: sql`max(${probeMeasurements.measuredAt})`.mapWith(probeMeasurements.measuredAt),
      medianMs: middle(probeMeasurements.medianMs),
      p95Ms: middle(probeMeasurements.p95Ms),
    })
    .from(probeMeasurements)
    .where(and(eq(probeMeasurements.targetId, targetId), gt(probeMeasurements.measuredAt, since)))
    .groupBy(probeMeasurements.probe, bucket)
    .orderBy(probeMeasurements.probe, sql`2`)
}
