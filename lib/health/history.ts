import { and, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { healthDays, healthHours, healthMinutes } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { logTiers } from '#lib/health/log-tiers.ts'

/** A stretch of a check's history. Without runs nobody looked, which is neither health nor its opposite. */
export interface HistoryBucket {
  at: Date
  runs: number
  unhealthy: number
  noData: number
  /** A line through both shows a loss of a minute within a year; an average would not. */
  lowest: number | null
  highest: number | null
}

export interface HistoryPlan {
  tier: 'minutes' | 'hours' | 'days'
  from: Date
  until: Date
  /** How long one bucket is. */
  stepMs: number
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

const keptMs = (table: string): number => logTiers.find((tier) => tier.table === table)!.keepDays * dayMs

/** By the length of what is asked for: at most 2,880 rows are read, whatever the length. */
const tiers = [
  { tier: 'minutes', stepMs: minuteMs, longestMs: 2 * dayMs, keptMs: keptMs('health_minutes') },
  { tier: 'hours', stepMs: hourMs, longestMs: 100 * dayMs, keptMs: keptMs('health_hours') },
  { tier: 'days', stepMs: dayMs, longestMs: Number.POSITIVE_INFINITY, keptMs: keptMs('health_days') },
] as const

const mostPoints = 1_000

/** Which rollups are read, and in buckets of what length: never more buckets than points, whatever was asked for. */
export function planHistory(asked: { from: Date; until: Date; points: number; now: Date }): HistoryPlan {
  const { now } = asked
  const oldest = now.getTime() - keptMs('health_days')
  const until = Math.min(asked.until.getTime(), now.getTime())
  const from = Math.min(Math.max(asked.from.getTime(), oldest), until - minuteMs)
  const points = Math.min(Math.max(Math.trunc(asked.points) || 1, 1), mostPoints)
  const tier =
    tiers.find((each) => until - from <= each.longestMs && from >= now.getTime() - each.keptMs) ?? tiers[2]
  // One bucket less than points: the two at the ends are only partly within.
  const stepMs = Math.max(Math.ceil((until - from) / Math.max(points - 1, 1) / tier.stepMs), 1) * tier.stepMs
  return {
    tier: tier.tier,
    from: new Date(Math.floor(from / stepMs) * stepMs),
    until: new Date(until),
    stepMs,
  }
}

const tables = { minutes: healthMinutes, hours: healthHours, days: healthDays }

/** A check's history out of the rollups, a bucket for every step, also for those in which nobody looked. */
export async function readHistory(
  db: DbOrTx,
  targetId: string,
  check: string,
  plan: HistoryPlan,
): Promise<HistoryBucket[]> {
  const table = tables[plan.tier]
  const { stepMs } = plan
  const bucket = sql`floor(extract(epoch from ${table.at}) * 1000 / ${stepMs}::bigint)::bigint`
  const number = (value: SQL): SQL<number> => sql<number>`${value}::float8`.mapWith(Number)
  const rows = await db
    .select({
      bucket: number(bucket),
      runs: number(sql`sum(${table.runs})`),
      unhealthy: number(sql`sum(${table.unhealthy})`),
      noData: number(sql`sum(${table.noData})`),
      lowest: sql<number | null>`min(${table.lowest})`,
      highest: sql<number | null>`max(${table.highest})`,
    })
    .from(table)
    .where(
      and(
        eq(table.targetId, targetId),
        eq(table.check, check),
        gte(table.at, plan.from),
        lt(table.at, plan.until),
      ),
    )
    .groupBy(sql`1`)
    .orderBy(sql`1`)
  const known = new Map(rows.map((row) => [row.bucket, row]))
  const first = Math.floor(plan.from.getTime() / stepMs)
  const end = Math.ceil(plan.until.getTime() / stepMs)
  return Array.from({ length: end - first }, (_, index) => {
    const found = known.get(first + index)
    return {
      at: new Date((first + index) * stepMs),
      runs: found?.runs ?? 0,
      unhealthy: found?.unhealthy ?? 0,
      noData: found?.noData ?? 0,
      lowest: found?.lowest ?? null,
      highest: found?.highest ?? null,
    }
  })
}
