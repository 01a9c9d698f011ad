import { and, count, eq, gt, lt, max, sql } from 'drizzle-orm'
import { scheduleFires } from '#drizzle/schema/jobs.ts'
import type { Db, DbOrTx } from '#lib/db/client.ts'
import { occurrencesBetween } from '#lib/jobs/occurrence.ts'

export interface ScheduleFire {
  targetId: string
  schedule: string
  scheduledFor: Date
  refusedBecause: string | null
}

/** Keeps that an occurrence was answered, and forgets what is older than 30 days. Safe to repeat. */
export async function recordScheduleFire(db: Db, fire: ScheduleFire): Promise<void> {
  await db.insert(scheduleFires).values(fire).onConflictDoNothing()
  await db.delete(scheduleFires).where(lt(scheduleFires.firedAt, sql`now() - interval '30 days'`))
}

export interface ScheduleState {
  fired: number
  missed: number
  lastFiredAt: Date | null
  lastDueAt: Date | null
}

/** How many of a schedule's occurrences after `since` were answered. The last two minutes may still be on their way. */
export async function getScheduleState(
  db: DbOrTx,
  rule: { targetId: string; schedule: string; cron: string; timeZone: string },
  since: Date,
  now: Date,
): Promise<ScheduleState> {
  const settled = new Date(now.getTime() - 120_000)
  const due = occurrencesBetween(rule.cron, rule.timeZone, since, settled)
  const [row] = await db
    .select({ fired: count(), lastFiredAt: max(scheduleFires.firedAt) })
    .from(scheduleFires)
    .where(
      and(
        eq(scheduleFires.targetId, rule.targetId),
        eq(scheduleFires.schedule, rule.schedule),
        gt(scheduleFires.scheduledFor, since),
      ),
    )
  const fired = row?.fired ?? 0
  return {
    fired,
    missed: Math.max(0, due.length - fired),
    lastFiredAt: row?.lastFiredAt ?? null,
    lastDueAt: due.at(-1) ?? null,
  }
}
