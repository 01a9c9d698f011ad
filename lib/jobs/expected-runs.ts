import { and, asc, count, eq, gt, gte, inArray, lt, lte, max, ne, sql } from 'drizzle-orm'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { occurrencesBetween } from '#lib/jobs/occurrence.ts'

/** How late the answer to a due run may be before it counts as missing. */
export const lateMs = 120_000

export type ExpectedRun = typeof expectedRuns.$inferSelect

/** The runs of a target that are still ahead, the next one first. */
export const listComingRuns = (db: DbOrTx, targetId: string, limit = 20): Promise<ExpectedRun[]> =>
  db
    .select()
    .from(expectedRuns)
    .where(and(eq(expectedRuns.targetId, targetId), gt(expectedRuns.dueAt, sql`now()`)))
    .orderBy(asc(expectedRuns.dueAt))
    .limit(limit)

/**
 * The slots since then in which scheduled work did not run: skipped because nobody was there, refused, or still waiting
 * although they are late. Newest last; at most a thousand.
 */
export const listMissedRuns = (
  db: DbOrTx,
  targetId: string,
  since: Date,
  schedules: readonly string[] = ['archive', 'snapshot', 'drill'],
): Promise<ExpectedRun[]> =>
  db
    .select()
    .from(expectedRuns)
    .where(
      and(
        eq(expectedRuns.targetId, targetId),
        inArray(expectedRuns.schedule, [...schedules]),
        gte(expectedRuns.dueAt, since),
        lt(expectedRuns.dueAt, sql`now() - make_interval(secs => ${lateMs / 1000})`),
        ne(expectedRuns.status, 'filed'),
      ),
    )
    .orderBy(asc(expectedRuns.dueAt))
    .limit(1000)

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
