import { and, eq, gt, inArray, lt, notInArray, sql } from 'drizzle-orm'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import type { Db } from '#lib/db/client.ts'
import { nextOccurrences, occurrencesBetween } from '#lib/jobs/occurrence.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

export interface WantedSchedule {
  schedule: string
  cron: string
  timeZone: string
  /** Since when it is in force: nothing was expected before. */
  since: Date
  /** What was missed of a fast one says nothing any more: little of it is made up for, and little is kept. */
  fast: boolean
}

/** At least the next two, at most those of the next day and a bit, and never more than this. */
const aheadMs = 26 * 60 * minuteMs
const mostAhead = 30

/** How far back a slot is written down that nobody wrote down in time, because no worker was there. */
const backMs = { fast: 10 * minuteMs, slow: 7 * dayMs }
const mostBack = 200

const keptDays = { fast: 3, slow: 90 }

function expectAround({ cron, timeZone, since, fast }: WantedSchedule, now: Date) {
  const from = Math.max(since.getTime(), now.getTime() - (fast ? backMs.fast : backMs.slow))
  const past =
    from < now.getTime() ? occurrencesBetween(cron, timeZone, new Date(from), now).slice(-mostBack) : []
  const next = nextOccurrences(cron, timeZone, now, mostAhead)
  const future = next.filter((at, index) => index < 2 || at.getTime() - now.getTime() <= aheadMs)
  return { past, future }
}

/**
 * Writes down the runs of a target's schedules before they are due, takes back those that its policy does not call for any
 * more, and forgets the old ones. What was answered stays as it is: a clock that jumps back finds its slots taken, one that
 * jumped ahead leaves nothing behind that keeps later ones out. Safe to repeat and to do at once in many processes.
 */
export async function keepExpectedRuns(
  db: Db,
  targetId: string,
  wanted: readonly WantedSchedule[],
): Promise<void> {
  const ofTarget = eq(expectedRuns.targetId, targetId)
  await db.transaction(async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`)
    const now = new Date(clock!.now)
    for (const schedule of wanted) {
      const { past, future } = expectAround(schedule, now)
      const ofSchedule = and(ofTarget, eq(expectedRuns.schedule, schedule.schedule))
      await tx
        .delete(expectedRuns)
        .where(
          and(
            ofSchedule,
            eq(expectedRuns.status, 'expected'),
            gt(expectedRuns.dueAt, now),
            notInArray(expectedRuns.dueAt, future),
          ),
        )
      await tx
        .insert(expectedRuns)
        .values([...past, ...future].map((dueAt) => ({ targetId, schedule: schedule.schedule, dueAt })))
        .onConflictDoNothing()
      const days = schedule.fast ? keptDays.fast : keptDays.slow
      await tx
        .delete(expectedRuns)
        .where(and(ofSchedule, lt(expectedRuns.dueAt, new Date(now.getTime() - days * dayMs))))
    }
    const names = wanted.map(({ schedule }) => schedule)
    await tx
      .delete(expectedRuns)
      .where(
        and(
          ofTarget,
          eq(expectedRuns.status, 'expected'),
          names.length > 0 ? notInArray(expectedRuns.schedule, names) : undefined,
        ),
      )
  })
}

/** Takes back what is expected of targets that are not there any more. Safe to repeat. */
export async function forgetOtherRuns(db: Db, targetIds: readonly string[]): Promise<void> {
  await db
    .delete(expectedRuns)
    .where(
      and(
        inArray(expectedRuns.status, ['expected']),
        targetIds.length > 0 ? notInArray(expectedRuns.targetId, [...targetIds]) : undefined,
      ),
    )
}
