import type postgres from 'postgres'
import type { Ctx } from '#lib/context.ts'
import { assertClaimed, claimInTarget, claimName } from '#lib/operations/markers.ts'
import { withMaintenance } from '#lib/targets/open-maintenance.ts'
import type { TargetSession } from '#lib/targets/types.ts'

const nameLock = (database: string): string => `holdfast:database:${database}`

/**
 * Makes this process the only one that can rename the target's database, for the duration of `work`. The claim lies beside
 * the database, where no renaming ends it: on the operation, and on the name, since another operation's old worker could
 * wake up too. Whoever held either is ended, and with it what it had not committed.
 */
export const withServerClaim = <T>(
  ctx: Ctx,
  operation: { id: string; targetId: string; kind: string },
  work: (session: TargetSession) => Promise<T>,
): Promise<T> =>
  withMaintenance(ctx, operation.targetId, { purpose: operation.kind }, async (session) => {
    await claimInTarget(session.sql, operation.id)
    await claimName(session.sql, nameLock(session.target.databaseName))
    return work(session)
  })

/** Throws AppError `claim-lost` unless this very session may still rename the database. Call it in the renaming transaction. */
export const assertServerClaim = (transaction: postgres.TransactionSql, database: string): Promise<void> =>
  assertClaimed(transaction, nameLock(database))
