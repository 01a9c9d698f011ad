import type { OperationKind } from '#lib/operations/types.ts'
import {
  type DatabaseRestorePlan,
  type DatabaseRestoreRequest,
  type DatabaseRestoreResult,
  databaseRestoreInput,
} from '#lib/restores/database/database-types.ts'
import { planDatabaseRestore } from '#lib/restores/database/plan-database-restore.ts'
import { runDatabaseRestore } from '#lib/restores/database/run-database-restore.ts'
import { verifyDatabaseRestore } from '#lib/restores/database/verify-database-restore.ts'

/** Makes a whole database from an archive, beside the live one, which stays as it is. */
export const databaseRestoreKind: OperationKind<
  DatabaseRestoreRequest,
  DatabaseRestorePlan,
  DatabaseRestoreResult
> = {
  kind: 'database-restore',
  request: databaseRestoreInput,
  // It can take hours, and archives of the live database go on meanwhile.
  hold: 'read',
  plan: planDatabaseRestore,
  run: runDatabaseRestore,
  verify: verifyDatabaseRestore,
}
