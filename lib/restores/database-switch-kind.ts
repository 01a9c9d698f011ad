import type { OperationKind } from '#lib/operations/types.ts'
import {
  type DatabaseSwitchPlan,
  type DatabaseSwitchRequest,
  type DatabaseSwitchResult,
  databaseSwitchInput,
} from '#lib/restores/database-types.ts'
import { planDatabaseSwitch } from '#lib/restores/plan-database-switch.ts'
import { runDatabaseSwitch } from '#lib/restores/run-database-switch.ts'
import { verifyDatabaseSwitch } from '#lib/restores/verify-database-switch.ts'

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
