import { and, eq, gte, inArray, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { expectedRuns } from '#drizzle/schema/jobs.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { type CoveredDay, coverDays, lastDays, type TakenOnDay } from '#lib/backups/calendar.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { dayIn, startOfDay } from '#lib/format/zoned-day.ts'

/** The moment that a backup belongs to: of its content, or of its request while it has none. Has an index. */
export const momentOf: SQL<Date> = sql`coalesce(${backups.takenAt}, ${backups.createdAt})`

/** A comparison with a plain expression gets no encoding of dates from a column. */
export const isSince = (at: Date): SQL => sql`${momentOf} >= ${at.toISOString()}::timestamptz`
export const isBefore = (at: Date): SQL => sql`${momentOf} < ${at.toISOString()}::timestamptz`

/** A run that is this late has not merely begun late. */
const lateMs = 5 * 60_000

/** Safety copies hold only what an operation was about to write to; they cover no day. */
const coversDays = or(ne(backups.purpose, 'safety'), eq(backups.kind, 'archive'))

/** A target's last days in its own time zone, oldest first, from one aggregate over its backups and one over its schedule. */
export async function readBackupCalendar(
  db: DbOrTx,
  targetId: string,
  { now, days: many, timeZone }: { now: Date; days: number; timeZone: string },
): Promise<CoveredDay[]> {
  const days = lastDays(now, many, timeZone)
  const starts = days.map((day) => startOfDay(day, timeZone))
  const first = starts[0]!
  // One text, because the driver would have to guess an array's type; selected, so that it is read once and not per
  // backup: 4,000 ms before, 95 after, 8,500 backups on a loaded machine.
  const thresholds = sql`(select string_to_array(${starts.map((at) => at.toISOString()).join(' ')}, ' ')::timestamptz[])`
  const bucketOf = (at: SQL | typeof expectedRuns.dueAt) => sql<number>`width_bucket(${at}, ${thresholds})`
  const [[target], taken, missed] = await Promise.all([
    db.select({ addedAt: targets.createdAt }).from(targets).where(eq(targets.id, targetId)),
    db
      .select({
        bucket: bucketOf(momentOf),
        kind: backups.kind,
        status: backups.status,
        verification: backups.verification,
        bad: sql<boolean>`${backups.error} is not null`,
        count: sql<number>`count(*)::int`,
      })
      .from(backups)
      .where(and(eq(backups.targetId, targetId), isSince(first), coversDays))
      .groupBy(sql`1, 2, 3, 4, 5`),
    db
      .select({ bucket: bucketOf(expectedRuns.dueAt), count: sql<number>`count(*)::int` })
      .from(expectedRuns)
      .where(
        and(
          eq(expectedRuns.targetId, targetId),
          inArray(expectedRuns.schedule, ['archive', 'snapshot']),
          gte(expectedRuns.dueAt, first),
          lt(expectedRuns.dueAt, new Date(now.getTime() - lateMs)),
          ne(expectedRuns.status, 'filed'),
        ),
      )
      .groupBy(sql`1`),
  ])
  const dayOf = (bucket: number) => days[Math.min(bucket, days.length) - 1]!
  return coverDays(
    days,
    taken.map(({ bucket, ...one }): TakenOnDay => ({ day: dayOf(bucket), ...one })),
    missed.map(({ bucket, count }) => ({ day: dayOf(bucket), count })),
    { protectedSince: dayIn(target?.addedAt ?? now, timeZone) },
  )
}
