import { AppError } from '#lib/errors.ts'
import type { Operation, VerifyScope } from '#lib/operations/types.ts'
import type {
  DatabaseRestorePlan,
  DatabaseRestoreRequest,
  DatabaseRestoreResult,
} from '#lib/restores/database/database-types.ts'
import { commentOnDatabase } from '#lib/restores/database/make-database.ts'
import { getDatabase } from '#lib/restores/database/read-database-place.ts'
import { withMaintenance } from '#lib/targets/open-maintenance.ts'

/**
 * Proves that the new database is there and equals its archive, and says in its comment what it is. Throws AppError
 * `restore-not-equal` when it does not; then it stays for people to look at, and no switch is offered. Safe to repeat.
 */
export const verifyDatabaseRestore = (
  { ctx }: VerifyScope,
  operation: Operation<DatabaseRestoreRequest, DatabaseRestorePlan>,
  result: DatabaseRestoreResult,
): Promise<void> =>
  withMaintenance(
    ctx,
    operation.targetId,
    { purpose: 'database-restore-verify' },
    async ({ sql: server }) => {
      const { database, oid, proven, differences } = result
      const found = await getDatabase(server, database)
      if (found.oid !== oid)
        throw new AppError(
          'database-replaced',
          `Somebody put another database in the place of “${database}”.`,
        )
      const what = `operation ${operation.id} from the archive of ${result.moment}`
      await commentOnDatabase(
        server,
        database,
        proven ? `holdfast: restored by ${what}` : `holdfast: differs from its archive; made by ${what}`,
      )
      if (proven) return
      const [first] = differences
      throw new AppError(
        'restore-not-equal',
        `“${database}” differs from the facts of its archive: ${first!.subject} (${first!.kind}: ${first!.expected} expected, ${first!.found} found) and ${differences.length - 1} more. It stays to be looked at; no switch is offered.`,
      )
    },
  )
