import { setTimeout as pause } from 'node:timers/promises'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { DatabaseRef } from '#lib/restores/database/database-types.ts'
import { quoteIdentifier } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const endDatabaseSessionsSql = loadSql(new URL('./sql/end_database_sessions.sql', import.meta.url))
const switchStatementsSql = loadSql(new URL('./sql/switch_statements.sql', import.meta.url))

export interface Renaming {
  leaving: DatabaseRef
  coming: DatabaseRef
  /** The name under which what leaves is kept. */
  keptAs: string
  /** The comment on what is kept. */
  remark: string
}

const lookEveryMs = 50
const mostIdleMs = 5_000

/**
 * Ends whoever is in the databases that `pid` has locked, again and again, until `renaming` is over. RENAME takes that lock
 * first, so that nobody comes in any more, and then waits five seconds for those who are in.
 */
async function endSessionsUntil(
  beside: postgres.Sql,
  pid: number,
  renaming: Promise<unknown>,
): Promise<void> {
  let over = false
  const ended = renaming.then(
    () => {
      over = true
    },
    () => {
      over = true
    },
  )
  while (!over) {
    await beside.unsafe(endDatabaseSessionsSql, [pid])
    await Promise.race([ended, pause(lookEveryMs)])
  }
}

const explain = (error: unknown): unknown => {
  const code = (error as { code?: string }).code
  if (code === '55006')
    return new AppError(
      'sessions-remain',
      'Somebody stayed in the database, or came back, although the sessions were ended. Nothing was renamed.',
      {
        hint: 'Stop the applications, and run it again: request the switch anew.',
        cause: error,
      },
    )
  if (code === '55P03')
    return new AppError(
      'database-locked',
      'Somebody holds a lock on the database itself. Nothing was renamed.',
      {
        hint: 'See who: select * from pg_locks where locktype = ’object’ and classid = ’pg_database’::regclass',
        cause: error,
      },
    )
  return error
}

async function assertSameDatabases(
  transaction: postgres.TransactionSql,
  { leaving, coming }: Renaming,
): Promise<void> {
  const rows = await transaction<{ oid: string; name: string }[]>`
    select oid::text, datname as name from pg_catalog.pg_database where oid::text in (${leaving.oid}, ${coming.oid})`
  const isThere = ({ oid, name }: DatabaseRef) => rows.some((row) => row.oid === oid && row.name === name)
  if (isThere(leaving) && isThere(coming)) return
  throw new AppError(
    'plan-stale',
    'One of the databases was renamed or dropped since the plan was approved.',
    {
      kind: 'refused',
      hint: 'Nothing was written. Request it again and look at the new plan.',
    },
  )
}

/**
 * Gives the name of one database to another in one transaction: both are renamed, with what belongs to the name, or none.
 * Nothing is committed before that, so that a process that dies on the way leaves the live database open to everybody.
 * `server` and `beside` are sessions beside both databases. `guard` is called in the transaction, before anything and last.
 */
export async function renameDatabases(
  server: postgres.Sql,
  beside: postgres.Sql,
  renaming: Renaming,
  guard: (transaction: postgres.TransactionSql) => Promise<void>,
): Promise<void> {
  const { leaving, coming, keptAs, remark } = renaming
  const live = leaving.name
  const rename = (from: string, to: string) =>
    `alter database ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)}`
  try {
    await server.begin(async (transaction) => {
      // Nobody can connect while it is open, so a process that freezes on the way must not keep it open.
      await transaction.unsafe(`set local idle_in_transaction_session_timeout = '${mostIdleMs}ms'`)
      const [me] = await transaction<{ pid: number }[]>`select pg_catalog.pg_backend_pid() as pid`
      await guard(transaction)
      await assertSameDatabases(transaction, renaming)
      for (const [from, to] of [
        [live, keptAs],
        [coming.name, live],
      ] as const) {
        // As a promise of its own: postgres.js sends a query only when somebody waits for it.
        const renamed = transaction.unsafe(rename(from, to)).then(() => {})
        const cleared = endSessionsUntil(beside, me!.pid, renamed)
        await Promise.all([renamed, cleared])
      }
      const statements = await transaction.unsafe<{ statement: string }[]>(switchStatementsSql, [
        leaving.oid,
        coming.oid,
        live,
        keptAs,
        remark,
      ])
      for (const { statement } of statements) await transaction.unsafe(statement)
      await guard(transaction)
      failPoint('restores.before-rename-commit')
    })
  } catch (error) {
    throw explain(error)
  }
}
