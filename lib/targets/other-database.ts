import { randomBytes } from 'node:crypto'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'

/**
 * Throws AppError `same-database` when two sessions are in one database, whatever their URLs and records call it: a lock
 * that one of them takes is then in the other's way. `a` must be in a transaction, which keeps the lock until its end.
 */
export async function assertOtherDatabase(
  a: postgres.TransactionSql,
  b: postgres.Sql | postgres.TransactionSql,
): Promise<void> {
  const key = randomBytes(8).readBigInt64BE().toString()
  await a.unsafe('select pg_advisory_xact_lock($1::text::bigint)', [key])
  const [row] = await b.unsafe<{ free: boolean }[]>(
    'select pg_try_advisory_xact_lock_shared($1::text::bigint) as free',
    [key],
  )
  if (row!.free) return
  throw new AppError('same-database', 'Both are one and the same database under two names.', {
    kind: 'refused',
    hint: 'See where targets are: holdfast targets list',
  })
}
