import { and, desc, eq, gt, isNull, ne, type SQL, sql } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** What the guards refused, or what they let go (with what became of permits, journals and the guards themselves). */
export type EventLane = 'refused' | 'let-go'

export const refusedKinds = [
  'statement',
  'transaction',
  'window',
  'permit',
  'orphaning',
  'truncate',
  'drop',
  'alter',
  'rewrite',
  'agent',
  'unknown',
] as const

export const letGoKinds = ['deleted', 'overwritten', 'permitted', 'expired', 'forgotten', 'tampered'] as const

export interface EventFilter {
  lane: EventLane
  table?: string | undefined
  /** An empty text: those whose role could not be recorded. */
  role?: string | undefined
  /** A refusal's limit, or what became of the rows. */
  kind?: string | undefined
}

export interface GuardEvent {
  id: string
  at: Date
  kind: string
  table: string
  /** Null when only the attempt itself could be proven. */
  rows: number | null
  /** What was done or attempted; null where it is not known. */
  act: 'delete' | 'update' | null
  role: string | null
  application: string | null
  address: string | null
  /** Bounded, and without literals where the policy asks for it. */
  statement: string | null
  transactionId: string | null
  /** Of a transaction that was let go. */
  statements: number | null
  /** The operation that allowed it; of a permit, used or expired, the permit's own. */
  operationId: string | null
  /** Why its rows are not in the journal; null where they are. */
  journalProblem: string | null
  /** What was done to a guard. */
  problems: string[]
}

const detail = (name: string) => sql<string | null>`${guardEvents.detail} ->> ${sql.raw(`'${name}'`)}`

/** One word for what an event is, of `refusedKinds` or `letGoKinds`. */
const kindOf = sql<string>`case
  when ${guardEvents.kind} = 'blocked' then coalesce(${detail('exceeded')}, 'unknown')
  when ${guardEvents.kind} = 'deleted' and ${detail('act')} = 'update' then 'overwritten'
  else ${guardEvents.kind} end`

const inLane = (lane: EventLane) =>
  lane === 'refused' ? eq(guardEvents.kind, 'blocked') : ne(guardEvents.kind, 'blocked')

const matches = (targetId: string, { lane, table, role, kind }: EventFilter): SQL | undefined =>
  and(
    eq(guardEvents.targetId, targetId),
    inLane(lane),
    table === undefined ? undefined : eq(guardEvents.tableName, table),
    role === undefined
      ? undefined
      : role === ''
        ? isNull(guardEvents.roleName)
        : eq(guardEvents.roleName, role),
    kind === undefined ? undefined : eq(kindOf, kind),
  )

export interface EventPage {
  events: GuardEvent[]
  /** Where the next page begins; null at the end. */
  next: string | null
}

/** A page of events, newest first. `after` is the `next` of the page before. */
export async function listGuardEvents(
  db: DbOrTx,
  targetId: string,
  filter: EventFilter,
  { after, size = 100 }: { after?: string | null | undefined; size?: number } = {},
): Promise<EventPage> {
  const [at, id] = after?.split('|') ?? []
  const rows = await db
    .select({
      id: guardEvents.id,
      at: guardEvents.at,
      // As text, because a JavaScript date would round what the next page begins after.
      exactAt: sql<string>`${guardEvents.at}::text`,
      kind: kindOf,
      table: guardEvents.tableName,
      rows: guardEvents.rows,
      act: sql<GuardEvent['act']>`${detail('act')}`,
      role: guardEvents.roleName,
      application: guardEvents.applicationName,
      address: guardEvents.clientAddress,
      statement: guardEvents.statement,
      transactionId: guardEvents.transactionId,
      statements: sql<number | null>`(${detail('statements')})::float8`,
      operationId: sql<string | null>`coalesce(${detail('operationId')}, ${detail('permitId')})`,
      journalProblem: detail('journalProblem'),
      problems: sql<string[] | null>`${guardEvents.detail} -> 'problems'`,
    })
    .from(guardEvents)
    .where(
      and(
        matches(targetId, filter),
        at && id
          ? sql`(${guardEvents.at}, ${guardEvents.id}) < (${at}::timestamptz, ${id}::uuid)`
          : undefined,
      ),
    )
    .orderBy(desc(guardEvents.at), desc(guardEvents.id))
    .limit(size + 1)
  const page = rows.slice(0, size)
  const last = page.at(-1)
  return {
    events: page.map(({ exactAt: _, problems, ...event }) => ({ ...event, problems: problems ?? [] })),
    next: rows.length > size && last ? `${last.exactAt}|${last.id}` : null,
  }
}

export interface EventHour {
  /** The hour's beginning. */
  at: Date
  table: string
  events: number
  rows: number
}

/** How many events there were in each hour since then, by table, oldest first. Hours without any are missing. */
export async function countEventsByHour(
  db: DbOrTx,
  targetId: string,
  filter: EventFilter,
  since: Date,
): Promise<EventHour[]> {
  const hour = sql`date_trunc('hour', ${guardEvents.at})`
  return db
    .select({
      at: hour.mapWith(guardEvents.at).as('hour') as unknown as SQL<Date>,
      table: guardEvents.tableName,
      events: sql`count(*)`.mapWith(Number),
      rows: sql`coalesce(sum(${guardEvents.rows}), 0)`.mapWith(Number),
    })
    .from(guardEvents)
    .where(and(matches(targetId, filter), gt(guardEvents.at, since)))
    .groupBy(sql`1`, guardEvents.tableName)
    .orderBy(sql`1`, guardEvents.tableName)
}

export interface EventChoices {
  tables: string[]
  roles: (string | null)[]
  kinds: string[]
}

/** What there is to filter by in a lane. */
export async function listEventChoices(
  db: DbOrTx,
  targetId: string,
  lane: EventLane,
  since: Date,
): Promise<EventChoices> {
  const rows = await db
    .selectDistinct({ table: guardEvents.tableName, role: guardEvents.roleName, kind: kindOf.as('kind_of') })
    .from(guardEvents)
    .where(and(eq(guardEvents.targetId, targetId), inLane(lane), gt(guardEvents.at, since)))
  const sorted = <T>(values: T[]): T[] =>
    [...new Set(values)].sort((first, second) => String(first ?? '').localeCompare(String(second ?? '')))
  return {
    tables: sorted(rows.map((row) => row.table)),
    roles: sorted(rows.map((row) => row.role)),
    kinds: sorted(rows.map((row) => row.kind)),
  }
}
