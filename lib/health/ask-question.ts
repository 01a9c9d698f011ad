import type postgres from 'postgres'
import type { Row } from '#lib/health/types.ts'
import { admitQuestion } from '#lib/targets/admit-question.ts'

/**
 * Asks somebody's own question of a target: admitted first, then run in a read-only transaction of its own that ends
 * after the time allowed. `collect` is the statement with what counts its rows around it. Changes nothing.
 * Throws AppError `question-refused`, or what PostgreSQL says.
 */
export async function askQuestion(
  sql: postgres.Sql,
  question: { sql: string; timeoutMs: number },
  collect: string,
): Promise<Row[]> {
  await admitQuestion(sql, question.sql)
  return (await sql.begin('read only', async (transaction) => {
    // Strings have to end where the parser that admitted them saw their end. One process of the target is enough.
    await transaction`select set_config('statement_timeout', ${String(question.timeoutMs)}, true),
      set_config('standard_conforming_strings', 'on', true), set_config('max_parallel_workers_per_gather', '0', true)`
    // The extended protocol takes exactly one statement, so nothing can hide behind a semicolon.
    return transaction.unsafe<Row[]>(collect, [], { simple: false } as object)
  })) as Row[]
}
