import { AppError } from '#lib/errors.ts'
import type { RunScope } from '#lib/operations/types.ts'
import { blockerText, listBlockers } from '#lib/restores/list-blockers.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const isLockTimeout = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === '55P03' ||
  (error instanceof AppError && error.code === 'table-locked')

/**
 * Does `work`; when it gave up waiting for a lock, throws AppError `table-locked` that names who holds the tables. Nothing
 * was written then: the transaction is over.
 */
export async function explainLock<T>(
  { ctx, session }: Pick<RunScope, 'ctx' | 'session'>,
  { tables, to }: { tables: readonly TableName[]; to: 'read' | 'write' },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isLockTimeout(error)) throw error
    const blockers = await withTarget(
      ctx,
      session.target.id,
      'watch',
      { purpose: 'list-blockers' },
      ({ sql }) => listBlockers(sql, tables, to),
    ).catch(() => [])
    const who = blockers.map(blockerText)
    const message = error instanceof AppError ? error.message : 'A table could not be locked in time.'
    const pid = blockers.find((blocker) => blocker.pid !== null)?.pid
    throw new AppError(
      'table-locked',
      who.length > 0 ? `${message} In the way: ${who.join('; ')}.` : message,
      {
        kind: 'unavailable',
        hint: `Nothing was written. Wait for it to end${pid ? `, or end it in the target: select pg_terminate_backend(${pid})` : ''}; then request it again.`,
        cause: error,
      },
    )
  }
}
