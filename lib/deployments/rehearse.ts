import postgres from 'postgres'
import { describeRehearsal, type RehearsalEffect } from '#lib/deployments/judge-rehearsal.ts'
import type { ParsedMigration } from '#lib/deployments/parse-migration.ts'
import { compareFacts } from '#lib/facts/compare-facts.ts'
import { readFacts } from '#lib/facts/read-facts.ts'
import type { Difference, Facts } from '#lib/facts/types.ts'

export interface Attempt {
  /** The statement that PostgreSQL refused and its words; null when all ran. */
  error: { statement: string; message: string } | null
  durationMs: number
}

export interface Rehearsal {
  forward: Attempt
  effects: RehearsalEffect[]
  /** Null where there is no rollback, or the way forward failed. */
  rollback: (Attempt & { differences: Difference[] }) | null
}

const statementTimeoutMs = 300_000

async function runStatements(sql: postgres.Sql, migration: ParsedMigration): Promise<Attempt> {
  const startedAt = Date.now()
  let current = ''
  const runAll = async (session: postgres.Sql | postgres.TransactionSql) => {
    for (const statement of migration.statements) {
      current = statement
      await session.unsafe(statement)
    }
  }
  try {
    if (migration.needsAutocommit) await runAll(sql)
    else await sql.begin(runAll)
    return { error: null, durationMs: Date.now() - startedAt }
  } catch (error) {
    return {
      error: { statement: current, message: (error as Error).message },
      durationMs: Date.now() - startedAt,
    }
  }
}

const factsOf = (sql: postgres.Sql, signal: AbortSignal): Promise<Facts> =>
  sql.begin('isolation level repeatable read read only', (transaction) =>
    readFacts(transaction, { signal }),
  ) as Promise<Facts>

/**
 * Runs the migration forward on a restored copy, and back where there is a rollback, with facts before, between and after.
 * `url` is the copy's; it is changed and thrown away by the caller. Never give it a target's.
 */
export async function rehearseMigration(
  url: string,
  migration: ParsedMigration,
  rollback: ParsedMigration | null,
  scope: { signal: AbortSignal; phase(name: string): Promise<void> },
): Promise<Rehearsal> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: {
      application_name: 'holdfast:rehearsal',
      statement_timeout: statementTimeoutMs,
      lock_timeout: 10_000,
    },
  })
  try {
    await scope.phase('facts of the copy')
    const before = await factsOf(sql, scope.signal)
    await scope.phase('rehearse forward')
    const forward = await runStatements(sql, migration)
    const between = await factsOf(sql, scope.signal)
    const effects = describeRehearsal(before, between)
    if (forward.error || !rollback) return { forward, effects, rollback: null }
    await scope.phase('rehearse rollback')
    const back = await runStatements(sql, rollback)
    const differences = compareFacts(before, await factsOf(sql, scope.signal))
    return { forward, effects, rollback: { ...back, differences } }
  } finally {
    await sql.end({ timeout: 5 })
  }
}
