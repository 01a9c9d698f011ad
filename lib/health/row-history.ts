import { and, desc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { healthDays, healthHours, healthStates } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { HourBand, RowHistory } from '#lib/health/types.ts'
import { formatTable } from '#lib/sql/identifier.ts'

const countCheck = 'rows.count:'

/** Living users are counted too: all of them can go without a row being deleted. Kept by the name of their check. */
export const livingUsersCheck = 'membership.users:'

const keyOf = (check: string): string =>
  check.startsWith(countCheck) ? check.slice(countCheck.length) : check

/** Out of the hours and days: 90 rows for a table, of the 43,000 counts that a month has. */
async function readCounted(db: DbOrTx, targetId: string): Promise<Map<string, RowHistory>> {
  const band = (step: string, times: number) => sql`(
    select json_build_object(
      'lowest', min(h.lowest), 'highest', max(h.highest),
      'median', percentile_cont(0.5) within group (order by h.last), 'hours', count(*))
    from generate_series(1, ${times}::int) n
    join ${healthHours} h on h.target_id = s.target_id and h."check" = s."check"
      and h.at = date_trunc('hour', now(), 'UTC') - n * ${step}::interval
    where h.measured_runs > 0 having count(*) > 0)`
  const highestDay = (days: number) => sql`(
    select max(d.highest) from ${healthDays} d where d.target_id = s.target_id and d."check" = s."check"
      and d.at > now() - make_interval(days => ${days + 1}))`
  const rows = await db.execute<{
    check: string
    of_day: number | null
    of_week: number | null
    of_month: number | null
    hour_of_day: HourBand | null
    hour_of_week: HourBand | null
  }>(sql`
    select s."check",
      (select max(h.highest) from ${healthHours} h where h.target_id = s.target_id and h."check" = s."check"
        and h.at > now() - interval '25 hours') as of_day,
      ${highestDay(7)} as of_week, ${highestDay(30)} as of_month,
      ${band('1 day', 14)} as hour_of_day, ${band('7 days', 12)} as hour_of_week
    from ${healthStates} s where s.target_id = ${targetId}
      and (s."check" like ${`${countCheck}%`} or s."check" like ${`${livingUsersCheck}%`})`)
  return new Map(
    rows.map((row) => [
      keyOf(row.check),
      {
        highestOfDay: row.of_day,
        highestOfWeek: row.of_week,
        highestOfMonth: row.of_month,
        sameHourOfDay: row.hour_of_day,
        sameHourOfWeek: row.hour_of_week,
        provenRows: null,
        provenAt: null,
      },
    ]),
  )
}

/** What we remember of each table's rows: our own counts, and the facts of the newest proven (else good) backup. */
export async function readRowHistory(db: DbOrTx, targetId: string): Promise<Map<string, RowHistory>> {
  const history = await readCounted(db, targetId)
  const [backup] = await db
    .select({ facts: backups.facts, takenAt: backups.takenAt })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.status, ['good', 'expired']),
        isNotNull(backups.facts),
        isNotNull(backups.takenAt),
      ),
    )
    .orderBy(desc(sql`${backups.verification} is not distinct from 'facts-proven'`), desc(backups.takenAt))
    .limit(1)
  if (backup) {
    for (const table of (backup.facts as Facts).tables) {
      const name = formatTable(table)
      const known = history.get(name) ?? { highestOfDay: null, highestOfWeek: null, highestOfMonth: null }
      history.set(name, {
        ...known,
        provenRows: table.rows,
        provenAt: backup.takenAt?.toISOString() ?? null,
      })
    }
  }
  return history
}
