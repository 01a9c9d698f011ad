import type postgres from 'postgres'
import { type Fragment, toStatement } from '#lib/sql/fragment.ts'

/** Runs one statement; the signal cancels it in the server. */
export async function runSql<T extends object = Record<string, unknown>>(
  scope: { sql: postgres.Sql | postgres.TransactionSql; signal?: AbortSignal | undefined },
  statement: Fragment,
): Promise<postgres.RowList<T[]>> {
  const { sql, signal } = scope
  signal?.throwIfAborted()
  const { text, parameters } = toStatement(statement)
  const pending = sql.unsafe<T[]>(text, parameters)
  const cancel = () => pending.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await pending
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
