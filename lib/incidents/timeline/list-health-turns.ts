import { and, asc, between, eq, sql } from 'drizzle-orm'
import { healthLog } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { mostOfEach, type Window } from './window.ts'

const hourMs = 3_600_000
/** Checks run every minute; their turns are told for the first days, which a window function can read at once. */
const longestHealthMs = 2 * 24 * hourMs

/** The moments at which a check turned from one status to another, oldest first. */
export async function listHealthTurns(db: DbOrTx, targetId: string, window: Window) {
  const before = new Date(window.from.getTime() - hourMs)
  const until = new Date(Math.min(window.until.getTime(), window.from.getTime() + longestHealthMs))
  const turns = db
    .select({
      id: healthLog.id,
      at: healthLog.checkedAt,
      title: healthLog.title,
      status: healthLog.status,
      severity: healthLog.severity,
      details: healthLog.details,
      before: sql<
        string | null
      >`lag(${healthLog.status}) over (partition by ${healthLog.check} order by ${healthLog.checkedAt})`.as(
        'before',
      ),
    })
    .from(healthLog)
    .where(and(eq(healthLog.targetId, targetId), between(healthLog.checkedAt, before, until)))
    .as('turns')
  const rows = await db
    .select()
    .from(turns)
    .where(and(sql`${turns.before} <> ${turns.status}`, between(turns.at, window.from, until)))
    .orderBy(asc(turns.at))
    .limit(mostOfEach)
  return rows.map((row) => ({ ...row, before: row.before ?? '' }))
}
