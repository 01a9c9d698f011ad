import { planActivityChecks } from '#lib/health/checks/activity.ts'
import { planArchivingChecks } from '#lib/health/checks/archiving.ts'
import { planBackupChecks } from '#lib/health/checks/backups.ts'
import { planCodeChecks } from '#lib/health/checks/codes.ts'
import { planCustomChecks } from '#lib/health/checks/custom.ts'
import { planExposureChecks } from '#lib/health/checks/exposure.ts'
import { planGuardChecks } from '#lib/health/checks/guards.ts'
import { planIndexChecks } from '#lib/health/checks/indexes.ts'
import { planMembershipChecks } from '#lib/health/checks/membership.ts'
import { planReferenceChecks } from '#lib/health/checks/references.ts'
import { planReplicationChecks } from '#lib/health/checks/replication.ts'
import { planRowChecks } from '#lib/health/checks/rows.ts'
import { planSchemaChecks } from '#lib/health/checks/schema.ts'
import { planSchemaChangeChecks } from '#lib/health/checks/schema-changes.ts'
import { planSecurityChecks } from '#lib/health/checks/security.ts'
import { planSequenceChecks } from '#lib/health/checks/sequences.ts'
import { planServerChecks } from '#lib/health/checks/server.ts'
import { planStatementChecks } from '#lib/health/checks/statements.ts'
import { planStorageChecks } from '#lib/health/checks/storage.ts'
import { planSynchronisationChecks } from '#lib/health/checks/synchronisation.ts'
import type { AnyCheck, PlanChecks, PlanScope } from '#lib/health/types.ts'

const families: readonly PlanChecks[] = [
  planMembershipChecks,
  planRowChecks,
  planReferenceChecks,
  planCodeChecks,
  planSchemaChecks,
  planSchemaChangeChecks,
  planIndexChecks,
  planSecurityChecks,
  planExposureChecks,
  planCustomChecks,
  planServerChecks,
  planSequenceChecks,
  planReplicationChecks,
  planArchivingChecks,
  planStorageChecks,
  planActivityChecks,
  planStatementChecks,
  planBackupChecks,
  planGuardChecks,
  planSynchronisationChecks,
]

/** Every check that the policy and the live schema ask for, each name once. */
export function planChecks(scope: PlanScope): AnyCheck[] {
  const planned = families.flatMap((plan) => plan(scope))
  return planned.filter((check, index) => planned.findIndex((other) => other.check === check.check) === index)
}
