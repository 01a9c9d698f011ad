import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import type { Ctx } from '#lib/context.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { requestHealth } from '#lib/health/request-health.ts'

/**
 * Collects what a target's guards saw; what is new can turn an alert, so that a refused delete is told in seconds,
 * and is looked at by the health checks at once.
 */
export async function watchGuards(ctx: Ctx, targetId: string): Promise<void> {
  const { news } = await watchTarget(ctx, targetId)
  if (!news) return
  await requestHealth(ctx, { targetId })
  await evaluateAlerts(ctx, targetId)
}
