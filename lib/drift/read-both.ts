import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import type { BothSides, Side } from '#lib/drift/types.ts'
import { AppError } from '#lib/errors.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { assertOtherDatabase } from '#lib/targets/other-database.ts'
import { getTarget } from '#lib/targets/queries.ts'
import type { TargetRole, TargetSession } from '#lib/targets/types.ts'

export interface BothSessions {
  master: TargetSession
  target: TargetSession
}

/** As withTarget; what fails says which of the two it was. */
async function open<T>(
  ctx: Ctx,
  targetId: string,
  role: TargetRole,
  work: (session: TargetSession) => Promise<T>,
): Promise<T> {
  let opened = false
  try {
    return await withTarget(ctx, targetId, role, { purpose: 'drift' }, (session) => {
      opened = true
      return work(session)
    })
  } catch (error) {
    if (opened || !(error instanceof AppError)) throw error
    const { name } = await getTarget(ctx.db, targetId)
    const { code, message, kind, hint } = error
    throw new AppError(code, `${name} cannot be read: ${message}`, { kind, hint, cause: error })
  }
}

/**
 * Opens both databases: the master read-only, the target as the role that may make temporary tables beside its rows.
 * Throws AppError `target-*` for the one that cannot be opened.
 */
export const withBothTargets = <T>(
  ctx: Ctx,
  { masterId, targetId }: { masterId: string; targetId: string },
  work: (sessions: BothSessions) => Promise<T>,
): Promise<T> =>
  open(ctx, masterId, 'backup', (master) =>
    open(ctx, targetId, 'restore', (target) => work({ master, target })),
  )

const takeSnapshot = async (session: TargetSession, sql: postgres.TransactionSql): Promise<Side> => {
  const [row] = await sql.unsafe<{ at: Date }[]>('select clock_timestamp() as at')
  return { session, sql, readAt: row!.at }
}

/**
 * Runs `work` in one snapshot of each of the two, taken one right after the other: two moments, by two clocks. Only
 * temporary tables of the target's session can be written; those that `work` makes for good last until the session ends.
 * Throws AppError `same-database`.
 */
export async function inBothSnapshots<T>(
  { master, target }: BothSessions,
  work: (both: BothSides) => Promise<T>,
): Promise<T> {
  const result = await master.sql.begin('isolation level repeatable read read only', (there) =>
    target.sql.begin('isolation level repeatable read', async (here) => {
      await here.unsafe(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`)
      const both = { master: await takeSnapshot(master, there), target: await takeSnapshot(target, here) }
      await assertOtherDatabase(there, here)
      return work(both)
    }),
  )
  return result as T
}
