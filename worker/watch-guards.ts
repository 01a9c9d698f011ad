import { evaluateAlerts } from '#lib/alerts/evaluate-alerts.ts'
import type { Ctx } from '#lib/context.ts'
import { watchTarget } from '#lib/guards/collect-guard-events.ts'
import { keepJournals } from '#lib/guards/keep-journals.ts'
import { listGuardStates } from '#lib/guards/queries.ts'
import { verifyGuards } from '#lib/guards/verify-guards.ts'
import { watchPermits } from '#lib/guards/watch-permits.ts'

/** Collects what a target's guards saw; what is new can turn an alert, so that a refused delete is told in seconds. */
export async function watchGuards(ctx: Ctx, targetId: string): Promise<void> {
  const { news } = await watchTarget(ctx, targetId)
  await watchPermits(ctx, targetId)
  if (news) await evaluateAlerts(ctx, targetId)
}

/** A guard that somebody disabled says nothing by itself, so each installed one is compared again every minute. */
export async function verifyInstalledGuards(ctx: Ctx, targetId: string): Promise<void> {
  if ((await listGuardStates(ctx.db, targetId)).length === 0) return
  const { changed } = await verifyGuards(ctx, targetId)
  if (changed) await evaluateAlerts(ctx, targetId)
}

/** Journals are kept as long, and may grow as large, as the policy says. */
export async function keepInstalledJournals(ctx: Ctx, targetId: string): Promise<void> {
  if ((await listGuardStates(ctx.db, targetId)).length === 0) return
  await keepJournals(ctx, targetId, new Date())
}
