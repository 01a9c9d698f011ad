import { and, eq, isNull, lte, or, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { tellAnew } from '#lib/alerts/apply-change.ts'
import { lockAlerts } from '#lib/alerts/lock-alerts.ts'
import { type Ctx, formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Tx } from '#lib/db/client.ts'
import { messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { tellDue } from './tell-due.ts'

/** Whose next step is due, who never found a route, and whose silence is over. */
const isDue = or(
  and(
    eq(alerts.status, 'firing'),
    or(lte(alerts.nextStepAt, sql`now()`), and(isNull(alerts.nextStepAt), isNull(alerts.routeId))),
  ),
  and(eq(alerts.status, 'silenced'), lte(alerts.silencedUntil, sql`now()`)),
)

/**
 * Does every step that is due: tells the next in line while nobody acknowledges, what a maintenance window held and is over,
 * and what is still there after a silence. Safe to repeat and to run at once in many processes: a step is told once.
 */
export async function escalateAlerts(ctx: Ctx): Promise<void> {
  const places = await ctx.db.selectDistinct({ targetId: alerts.targetId }).from(alerts).where(isDue)
  for (const { targetId } of places) {
    try {
      await ctx.db.transaction((tx) => escalateTarget(tx, formatActor(ctx.actor), targetId))
    } catch (error) {
      log.warn({ targetId, error: messageOf(error) }, 'alerts could not be escalated; it is tried again')
    }
  }
}

async function escalateTarget(tx: Tx, actor: string, targetId: string | null): Promise<void> {
  await lockAlerts(tx, targetId)
  const [clock] = await tx.execute<{ now: string }>(sql`select clock_timestamp() as now`)
  const now = new Date(clock!.now)
  const woken = await tx
    .update(alerts)
    .set({ status: 'firing', silencedUntil: null, ...tellAnew(now) })
    .where(
      and(
        targetId === null ? isNull(alerts.targetId) : eq(alerts.targetId, targetId),
        eq(alerts.status, 'silenced'),
        lte(alerts.silencedUntil, now),
      ),
    )
    .returning({ id: alerts.id })
  for (const { id } of woken) {
    await tx.insert(alertEvents).values({
      alertId: id,
      kind: 'reopened',
      actor,
      note: 'The silence ended and the problem is still there.',
    })
  }
  const changed = await tellDue(tx, targetId, now)
  if (changed > 0 || woken.length > 0) await announceChanges(tx, ['alerts', 'channels'])
}
