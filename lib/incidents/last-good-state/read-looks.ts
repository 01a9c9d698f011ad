import { and, between, eq, inArray, sql } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { healthMinutes, healthTurns, rowCounts } from '#drizzle/schema/health.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { Observation } from './find-moment.ts'
import type { Count, Deletion } from './judge-counts.ts'

const hourMs = 3_600_000
/** Counts are taken every minute: a day of them before the loss is looked at, older moments through the backups' facts. */
const longestCountsMs = 24 * hourMs
const mostCounts = 50_000
const mostDeletions = 20_000
const mostTurns = 2_000

/** The areas of checks that say whether rows, references and people's access are there. */
const dataAreas = ['membership', 'rows', 'references', 'codes']

export interface Stretch {
  from: Date
  lossAt: Date
  until: Date
}

/** The recorded row counts of the day before the loss until now: only those where a number became another. */
export async function readCounts(db: DbOrTx, targetId: string, stretch: Stretch): Promise<Count[]> {
  const from = new Date(Math.max(stretch.from.getTime(), stretch.lossAt.getTime() - longestCountsMs))
  const beside = (side: 'lag' | 'lead') =>
    sql<
      number | null
    >`${sql.raw(side)}(${rowCounts.rows}) over (partition by ${rowCounts.tableName} order by ${rowCounts.countedAt})`
  const ordered = db
    .select({
      table: rowCounts.tableName,
      at: rowCounts.countedAt,
      rows: rowCounts.rows,
      before: beside('lag').as('before'),
      after: beside('lead').as('after'),
    })
    .from(rowCounts)
    .where(and(eq(rowCounts.targetId, targetId), between(rowCounts.countedAt, from, stretch.until)))
    .as('ordered')
  const rows = await db
    .select({ table: ordered.table, at: ordered.at, rows: ordered.rows })
    .from(ordered)
    .where(
      sql`${ordered.before} is distinct from ${ordered.rows} or ${ordered.after} is distinct from ${ordered.rows}`,
    )
    .orderBy(sql`${ordered.at} desc`)
    .limit(mostCounts)
  return rows.map((row) => ({ ...row, source: 'row-counts' as const }))
}

/** What the journal saw go, and what was permitted to. */
export async function readDeletions(db: DbOrTx, targetId: string, stretch: Stretch): Promise<Deletion[]> {
  const rows = await db
    .select({
      table: guardEvents.tableName,
      at: guardEvents.at,
      rows: guardEvents.rows,
      kind: guardEvents.kind,
    })
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        between(guardEvents.at, stretch.from, stretch.until),
        sql`(${guardEvents.kind} = 'deleted' or (${guardEvents.kind} = 'permitted' and ${guardEvents.detail} ->> 'act' = 'delete'))`,
      ),
    )
    .orderBy(sql`${guardEvents.at} desc`)
    .limit(mostDeletions)
  return rows.map(({ kind, rows: size, ...row }) => ({
    ...row,
    rows: size ?? 0,
    isPermitted: kind === 'permitted',
  }))
}

/** What the checks of the data said: each turn, and the last look before one that found it ill. */
export async function readCheckTurns(db: DbOrTx, targetId: string, stretch: Stretch): Promise<Observation[]> {
  const turns = await db
    .select({
      check: healthTurns.check,
      at: healthTurns.at,
      before: healthTurns.statusBefore,
      status: healthTurns.status,
      // Names in full: in a query of one table Drizzle writes columns bare, and the inner table would take them.
      // The start of the last minute with a run: a moment before that run, so rather too early than too late.
      lastLookAt: sql<Date | null>`(select max(look.at) from ${healthMinutes} look
        where look.target_id = health_turns.target_id and look."check" = health_turns."check"
          and look.at < date_trunc('minute', health_turns.at) and look.at > health_turns.at - interval '2 days')`.mapWith(
        healthTurns.at,
      ),
    })
    .from(healthTurns)
    .where(
      and(
        eq(healthTurns.targetId, targetId),
        inArray(healthTurns.area, dataAreas),
        between(healthTurns.at, stretch.from, stretch.until),
      ),
    )
    .orderBy(sql`${healthTurns.at} desc`)
    .limit(mostTurns)
  return turns.flatMap(({ check, at, before, status, lastLookAt }) => {
    const look = (when: Date, isWell: boolean): Observation => ({
      subject: check,
      at: when,
      isWell,
      source: 'checks',
    })
    if (status === 'healthy') return [look(at, true)]
    if (status !== 'unhealthy') return []
    return [...(before === 'healthy' && lastLookAt ? [look(lastLookAt, true)] : []), look(at, false)]
  })
}
