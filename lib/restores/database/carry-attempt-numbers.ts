import type postgres from 'postgres'
import { messageOf } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const attemptNumbersSql = loadSql(new URL('./sql/attempt_numbers.sql', import.meta.url))
const carryAttemptNumbersSql = loadSql(new URL('./sql/carry_attempt_numbers.sql', import.meta.url))

const hasGuards = async (session: postgres.Sql): Promise<boolean> => {
  const [row] = await session<{ present: boolean }[]>`
    select to_regclass('holdfast.guarded_tables') is not null as present`
  return row!.present
}

/**
 * Refused attempts are known by their number. A database from an archive counts from where it stood then, and gives numbers
 * that are known already: its refusals would pass for old ones. Lets it count on from where the other one stands. Returns
 * what could not be done, in words; null when all is well. Safe to repeat.
 */
export async function carryAttemptNumbers(from: postgres.Sql, to: postgres.Sql): Promise<string | null> {
  if (!(await hasGuards(from)) || !(await hasGuards(to))) return null
  try {
    const numbers = await from.unsafe<{ table: string; attempts: string }[]>(attemptNumbersSql)
    for (const { table, attempts } of numbers) await to.unsafe(carryAttemptNumbersSql, [table, attempts])
    return null
  } catch (error) {
    return `The guards’ counts of refused attempts could not be carried over (${messageOf(error)}): until they pass the old ones, refusals are missing from the list. Install the guards again.`
  }
}
