import type { OperationKind } from '#lib/operations/types.ts'
import {
  type DatabaseSwitchPlan,
  type DatabaseSwitchRequest,
  type DatabaseSwitchResult,
  databaseSwitchInput,
} from '#lib/restores/database/database-types.ts'
import { planDatabaseSwitch } from '#lib/restores/database/plan-database-switch.ts'
import { runDatabaseSwitch } from '#lib/restores/database/run-database-switch.ts'
import { verifyDatabaseSwitch } from '#lib/restores/database/verify-database-switch.ts'

/** Gives the target's name to a restored database, and keeps the one that had it; or the other way round. */
export const databaseSwitchKind: OperationKind<
  DatabaseSwitchRequest,
  DatabaseSwitchPlan,
  DatabaseSwitchResult
> = {
  kind: 'database-switch',
  request: databaseSwitchInput,
  replacesDatabase: true,
  plan: planDatabaseSwitch,
  run: runDatabaseSwitch,
  verify: verifyDatabaseSwitch,
}
