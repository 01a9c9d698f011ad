import { and, eq, lt } from 'drizzle-orm'
import postgres from 'postgres'
import { healthLog } from '#drizzle/schema/health.ts'
import { targets } from '#drizzle/schema/targets.ts'
import type { Ctx } from '#lib/context.ts'
import { writePastIncidents } from '#lib/demo/past-incidents.ts'
import { unwrap } from '#lib/errors.ts'
import { makePartitionsSince } from '#lib/health/make-partitions.ts'
import { requestHealth } from '#lib/health/request-health.ts'
import { rollUpLog } from '#lib/health/roll-up-log.ts'
import { runHealth } from '#lib/health/run-health.ts'
import { runJob } from '#lib/jobs/run-job.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { learnBaseline } from '#lib/performance/learn-baseline.ts'
import { measurePerformance } from '#lib/performance/measure-performance.ts'
import { requestPerformance } from '#lib/performance/request-performance.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const rowHistorySql = loadSql(new URL('./sql/row_history.sql', import.meta.url))
const healthHistorySql = loadSql(new URL('./sql/health_history.sql', import.meta.url))
const probeHistorySql = loadSql(new URL('./sql/probe_history.sql', import.meta.url))

/**
 * Gives the demo two weeks of health, row counts, measurements and a few closed incidents, so that no chart is empty.
 * The newest point of each is a real run; the rest follows its shape, and row counts follow the rows' own dates. Backups
 * and drills get no history: proof must be real. Safe to repeat.
 */
export async function ensureDemoHistory(ctx: Ctx, targetId: string, salonUrl: string): Promise<void> {
  if (await hasHistory(ctx, targetId)) return
  // Under the worker's lease, in this process: the history takes its shape from these two.
  // The two kinds requested right here are all that it is asked for, so the missing ones are never looked up.
  const handlers = {
    'health.run': runHealth,
    'performance.measure': measurePerformance,
  } as Partial<JobHandlers> as JobHandlers
  const health = unwrap(await requestHealth(ctx, { targetId }))
  await runJob(ctx, handlers, health.jobRunId, 'start')
  const performance = unwrap(await requestPerformance(ctx, { targetId }))
  await runJob(ctx, handlers, performance.jobRunId, 'start')

  const counts = await readRowHistory(salonUrl)
  const store = ctx.db.$client
  await store.unsafe(probeHistorySql, [targetId, 'month-revenue'])
  unwrap(await learnBaseline(ctx, { targetId, measurements: 60 }))
  await writePastIncidents(ctx.db, targetId)
  const since = new Date(Date.now() - 15 * 86_400_000)
  await makePartitionsSince(ctx.db, since)
  // Last, because it is what tells that the rest is there.
  await store.unsafe(healthHistorySql, [
    targetId,
    JSON.stringify(counts),
    'membership.inactive:salon-members',
  ])
  await rollUpLog(ctx.db, targetId, since)
}

async function hasHistory(ctx: Ctx, targetId: string): Promise<boolean> {
  const [older] = await ctx.db
    .select({ checkedAt: healthLog.checkedAt })
    .from(healthLog)
    .innerJoin(targets, eq(targets.id, healthLog.targetId))
    .where(and(eq(healthLog.targetId, targetId), lt(healthLog.checkedAt, targets.createdAt)))
    .limit(1)
  return older !== undefined
}

async function readRowHistory(salonUrl: string): Promise<unknown[]> {
  const salon = postgres(salonUrl, { max: 1, onnotice: () => {} })
  try {
    return await salon.unsafe(rowHistorySql)
  } finally {
    await salon.end({ timeout: 5 })
  }
}
