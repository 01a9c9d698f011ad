import { and, eq, gt, type SQL, sql } from 'drizzle-orm'
import { guardEvents, guardStates, guardSurveys } from '#drizzle/schema/guards.ts'
import { jobRuns } from '#drizzle/schema/jobs.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { blockedWindowMinutes } from './problems.ts'
import type { BlockedFact, GuardFact, UncoveredFact } from './types.ts'

/** Which limit or rule the attempt met; null when only the attempt itself could be proven. */
const exceededIn = (detail: unknown): string | null =>
  (detail as { exceeded?: string } | null)?.exceeded ?? null

const actIn = (detail: unknown): 'delete' | 'update' | null =>
  (detail as { act?: 'delete' | 'update' } | null)?.act ?? null

/** What the guard of each table refused lately. */
export async function listBlockedFacts(db: DbOrTx, targetId: string): Promise<BlockedFact[]> {
  const events = await db
    .select()
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        eq(guardEvents.kind, 'blocked'),
        gt(guardEvents.at, sql`now() - make_interval(mins => ${blockedWindowMinutes})`),
      ),
    )
    .orderBy(guardEvents.at)
    .limit(10_000)
  const byTable = Map.groupBy(events, (event) => event.tableName)
  return [...byTable].map(([table, ofTable]) => {
    const sizes = ofTable.flatMap((event) => (event.rows === null ? [] : [event.rows]))
    const distinct = <Value>(values: (Value | null)[]) => [
      ...new Set(values.filter((value) => value !== null)),
    ]
    return {
      table,
      attempts: ofTable.length,
      largestRows: sizes.length === 0 ? null : Math.max(...sizes),
      firstAt: ofTable[0]!.at,
      lastAt: ofTable.at(-1)!.at,
      acts: distinct(ofTable.map((event) => actIn(event.detail))),
      exceeded: distinct(ofTable.map((event) => exceededIn(event.detail))),
      roles: distinct(ofTable.map((event) => event.roleName)),
      applications: distinct(ofTable.map((event) => event.applicationName)),
    }
  })
}

/** Each protected table's guard as last verified, and when it was last found broken. */
export async function listGuardFacts(db: DbOrTx, targetId: string): Promise<GuardFact[]> {
  const rows = await db
    .select({
      table: guardStates.tableName,
      state: guardStates.state,
      problems: guardStates.problems,
      verifiedAt: guardStates.verifiedAt,
      // Drizzle leaves the table's name out of columns in a one-table select list, which would compare a column with itself.
      brokenAt: sql`(
        select max(broken.at) from ${guardEvents} broken
        where broken.target_id = ${guardStates}.target_id and broken.table_name = ${guardStates}.table_name
          and broken.kind = 'tampered'
          and not exists (
            select from ${jobRuns} removal
            where removal.target_id = broken.target_id and removal.kind = 'guards.remove'
              and removal.status = 'succeeded' and removal.finished_at > broken.at - interval '1 minute')
      )`.mapWith(guardStates.verifiedAt) as SQL<Date | null>,
    })
    .from(guardStates)
    .where(eq(guardStates.targetId, targetId))
  return rows.map((row) => ({ ...row, problems: row.problems as string[] }))
}

/** The tables that nobody covers; null where no guards were installed. */
export async function findUncoveredFact(db: DbOrTx, targetId: string): Promise<UncoveredFact | null> {
  const [row] = await db.select().from(guardSurveys).where(eq(guardSurveys.targetId, targetId))
  return row ? { tables: row.uncovered as string[], surveyedAt: row.surveyedAt } : null
}
