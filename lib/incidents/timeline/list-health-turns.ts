import { and, asc, between, eq, sql } from 'drizzle-orm'
import { healthTurns } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { TimelineRecords } from './records.ts'
import { mostOfEach, type Window } from './window.ts'

type Turn = TimelineRecords['healthTurns'][number]

/** More than this many checks that turn alike at one moment are one event: the database did not answer. */
const fewTogether = 3

/** The moments at which a check turned from one status to another, oldest first. */
export async function listHealthTurns(db: DbOrTx, targetId: string, window: Window): Promise<Turn[]> {
  const turns = await db
    .select({
      check: healthTurns.check,
      at: healthTurns.at,
      title: healthTurns.title,
      status: healthTurns.status,
      severity: healthTurns.severity,
      details: healthTurns.details,
      before: sql<string>`${healthTurns.statusBefore}`,
    })
    .from(healthTurns)
    .where(
      and(
        eq(healthTurns.targetId, targetId),
        between(healthTurns.at, window.from, window.until),
        // Seen for the first time is no turn, and severity alone is told by the alert.
        sql`${healthTurns.statusBefore} <> ${healthTurns.status}`,
      ),
    )
    .orderBy(asc(healthTurns.at), asc(healthTurns.check))
    .limit(mostOfEach)
  const alike = Map.groupBy(turns, (turn) => `${turn.at.getTime()} ${turn.before} ${turn.status}`)
  return [...alike.values()].flatMap((together) => {
    const named = together.map(({ check, ...turn }) => ({ ...turn, id: `${check}@${turn.at.toISOString()}` }))
    const first = named[0]!
    if (named.length <= fewTogether || first.status === 'unhealthy') return named
    const titles = named.slice(0, fewTogether).map(({ title }) => title)
    const details = `${titles.join(', ')} and ${named.length - fewTogether} more. ${first.details}`
    return [{ ...first, title: `${named.length} checks`, details }]
  })
}
