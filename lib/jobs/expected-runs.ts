import { and, count, eq, gt, inArray, lte, max } from 'drizzle-orm'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { occurrencesBetween } from '#lib/jobs/occurrence.ts'

/** How late the answer to a due run may be before it counts as missing. */
export const lateMs = 120_000

export interface ScheduleState {
  fired: number
  missed: number
  lastFiredAt: Date | null
  lastDueAt: Date | null
}

/**
 * How many of a schedule's occurrences after `since` were answered, counted against the clock and not against what was
 * written down: also when nobody was there to write. The last two minutes may still be on their way.
 */
export async function getScheduleState(
  db: DbOrTx,
  rule: { targetId: string; schedule: string; cron: string; timeZone: string },
  since: Date,
  now: Date,
): Promise<ScheduleState> {
  const settled = new Date(now.getTime() - lateMs)
  const due = since < settled ? occurrencesBetween(rule.cron, rule.timeZone, since, settled) : []
  const [row] = await db
    .select({ fired: count(), lastFiredAt: max(expectedRuns.answeredAt) })
    .from(expectedRuns)
    .where(
      and(
        eq(expectedRuns.targetId, rule.targetId),
        eq(expectedRuns.schedule, rule.schedule),
        inArray(expectedRuns.status, ['filed', 'refused']),
        gt(expectedRuns.dueAt, since),
        lte(expectedRuns.dueAt, now),
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
