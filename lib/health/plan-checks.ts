import { planCodeChecks } from '#lib/health/checks/codes.ts'
import { planCustomChecks } from '#lib/health/checks/custom.ts'
import { planMembershipChecks } from '#lib/health/checks/membership.ts'
import { planReferenceChecks } from '#lib/health/checks/references.ts'
import { planRowChecks } from '#lib/health/checks/rows.ts'
import { planSchemaChecks } from '#lib/health/checks/schema.ts'
import { planSecurityChecks } from '#lib/health/checks/security.ts'
import { planServerChecks } from '#lib/health/checks/server.ts'
import type { AnyCheck, PlanChecks, PlanScope } from '#lib/health/types.ts'

const families: readonly PlanChecks[] = [
  planMembershipChecks,
  planRowChecks,
  planReferenceChecks,
  planCodeChecks,
  planSchemaChecks,
  planSecurityChecks,
  planCustomChecks,
  planServerChecks,
]

/** Every check that the policy and the live schema ask for, each name once. */
export function planChecks(scope: PlanScope): AnyCheck[] {
  const planned = families.flatMap((plan) => plan(scope))
  return planned.filter((check, index) => planned.findIndex((other) => other.check === check.check) === index)
}
