import type { guardEvents } from '#drizzle/schema/guards.ts'

type NewEvent = Omit<typeof guardEvents.$inferInsert, 'targetId'>

interface Who {
  roleName: string
  applicationName: string | null
  clientAddress: string | null
  statement: string | null
  transactionId: string | null
}

/** What `watch_guards.sql` returns. Times inside are ISO text, as they come out of jsonb. */
export interface GuardObservation {
  lookedAt: Date
  nextTransaction: string
  deletes: (Who & {
    table: string
    at: string
    rows: number
    act: 'delete' | 'update'
    statements: number
    largestStatementRows: number
    permitId: string | null
    operationId: string | null
    exceeded: string | null
    journalProblem: string | null
  })[]
  attempts: (Who & {
    table: string
    at: string
    attempt: number
    rows: number | null
    exceeded: string
    act: 'delete' | 'update' | null
  })[]
  counters: { table: string; guardedAt: number; attempt: number; lastAt: number; lastRows: number }[]
}

/** How long the particulars of a refusal may take to arrive before the count alone is recorded. */
const settleMs = 5_000

/**
 * The events that an observation is evidence of. An attempt that is counted but has no particulars (the link failed
 * or does not exist) becomes an event with its table and time alone. Pure.
 */
export function readGuardNews(
  seen: GuardObservation,
  numbersBefore: Readonly<Record<string, number>>,
): NewEvent[] {
  const guardedAt = new Map(seen.counters.map((counter) => [counter.table, counter.guardedAt]))
  const attemptKey = (table: string, attempt: number) =>
    `refused:${table}:${guardedAt.get(table) ?? 0}:${attempt}`

  const deleted = seen.deletes.map((entry): NewEvent => {
    const {
      table,
      at,
      rows,
      act,
      statements,
      largestStatementRows,
      permitId,
      operationId,
      exceeded,
      journalProblem,
      ...who
    } = entry
    return {
      ...who,
      kind:
        operationId !== null || permitId !== null
          ? 'permitted'
          : act === 'update'
            ? 'overwritten'
            : 'deleted',
      at: new Date(at),
      tableName: table,
      rows,
      detail: {
        act,
        statements,
        largestStatementRows,
        ...only({ operationId, permitId, exceeded, journalProblem }),
      },
      sourceKey: `${act}d:${table}:${at}:${entry.transactionId}`,
    }
  })
  const refused = seen.attempts.map((entry): NewEvent => {
    const { table, at, attempt, rows, exceeded, act, ...who } = entry
    return {
      ...who,
      kind: 'blocked',
      at: new Date(at),
      tableName: table,
      rows,
      detail: { attempt, exceeded, ...only({ act }) },
      sourceKey: attemptKey(table, attempt),
    }
  })
  const told = new Set(refused.map((event) => event.sourceKey))
  const counted = seen.counters.flatMap(({ table, attempt: last, lastAt, lastRows }) => {
    if (seen.lookedAt.getTime() - lastAt < settleMs) return []
    const first = Math.max(numbersBefore[table] ?? 0, last - 1_000) + 1
    return Array.from({ length: Math.max(last - first + 1, 0) }, (_, index) => first + index)
      .map((attempt) => ({ attempt, key: attemptKey(table, attempt) }))
      .filter(({ key }) => !told.has(key))
      .map(
        ({ attempt, key }): NewEvent => ({
          kind: 'blocked',
          at: new Date(lastAt),
          tableName: table,
          // The sequence keeps the rows of the newest attempt only.
          rows: attempt === last && lastRows > 0 ? lastRows : null,
          detail: { attempt, countedOnly: true },
          sourceKey: key,
        }),
      )
  })
  return [...deleted, ...refused, ...counted]
}

/** The attempt numbers that need not be looked at again. */
export function settledAttempts(
  seen: GuardObservation,
  numbersBefore: Readonly<Record<string, number>>,
): Record<string, number> {
  return Object.fromEntries(
    seen.counters.map(({ table, attempt, lastAt }) => {
      const settled = seen.lookedAt.getTime() - lastAt >= settleMs
      // A counter that went back belongs to a guard that was installed anew.
      const before = Math.min(numbersBefore[table] ?? 0, attempt)
      return [table, settled ? attempt : before]
    }),
  )
}

const only = (values: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null))
