import type postgres from 'postgres'
import { redactStatement } from '#lib/guards/redact-statement.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const blockersSql = loadSql(new URL('./sql/list_blockers.sql', import.meta.url))

export interface Blocker {
  /** Null for a prepared transaction. */
  pid: number | null
  application: string
  role: string | null
  since: Date | null
  state: string
  prepared: string | null
  /** Its last statement without its literals. */
  statement: string
  tables: string[]
}

/** The modes that keep others from a SHARE ROW EXCLUSIVE lock, and those that keep them from reading. */
const inTheWay = {
  write: [
    'RowExclusiveLock',
    'ShareUpdateExclusiveLock',
    'ShareLock',
    'ShareRowExclusiveLock',
    'ExclusiveLock',
    'AccessExclusiveLock',
  ],
  read: ['AccessExclusiveLock'],
}

/** Who holds locks on the tables at this moment, longest first. Reads only. */
export async function listBlockers(
  sql: postgres.Sql,
  tables: readonly TableName[],
  to: keyof typeof inTheWay,
): Promise<Blocker[]> {
  const rows = await sql.unsafe<(Omit<Blocker, 'statement'> & { statement: string | null })[]>(blockersSql, [
    tables.map(quoteTable) as never,
    inTheWay[to] as never,
  ])
  return rows.map((row) => ({ ...row, statement: redactStatement(row.statement ?? '').slice(0, 200) }))
}

/** One blocker in words: who, since when, doing what. Pure. */
export function blockerText({
  pid,
  application,
  role,
  since,
  state,
  prepared,
  statement,
  tables,
}: Blocker): string {
  const who = pid === null ? `the prepared transaction ${prepared}` : `pid ${pid} (${application})`
  const moment = since ? ` since ${since.toISOString().slice(0, 19)}Z` : ''
  const doing = statement ? `: ${statement}` : ''
  return `${who} as ${role ?? 'an unknown role'} holds ${tables.join(', ')}${moment}, ${state}${doing}`
}
