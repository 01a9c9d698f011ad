import { copyArchive } from '#lib/backups/copies/copy-archive.ts'
import { runDrill } from '#lib/backups/drills/run-drill.ts'
import { takeBackup } from '#lib/backups/take-backup.ts'
import { verifyBackup } from '#lib/backups/verify-backup.ts'
import { validateDeployment } from '#lib/deployments/validate-deployment.ts'
import { type ComparePayload, compareTargets } from '#lib/drift/compare-targets.ts'
import { applyProtectionChange, type ProtectionChange } from '#lib/guards/apply-protection-change.ts'
import { dropAgentRole } from '#lib/guards/drop-agent-role.ts'
import { installGuards } from '#lib/guards/install-guards.ts'
import { makeAgentRole } from '#lib/guards/make-agent-role.ts'
import { removeGuards } from '#lib/guards/remove-guards.ts'
import { doVerifyGuards } from '#lib/guards/verify-guards.ts'
import { withdrawPermit } from '#lib/guards/withdraw-permit.ts'
import { runHealth } from '#lib/health/run-health.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'
import { testKit } from '#lib/kit/test-kit.ts'
import { executeOperation, type RunPayload } from '#lib/operations/execute-operation.ts'
import { planOperation } from '#lib/operations/plan-operation.ts'
import { measurePerformance } from '#lib/performance/measure-performance.ts'
import { findLockedOut } from '#lib/recovery/find-locked-out.ts'
import { addRequestedTarget } from '#lib/targets/add-requested-target.ts'
import { checkTarget } from '#lib/targets/check-target.ts'
import { evaluateAfter } from '#worker/evaluate-after.ts'
import { operationKinds } from '#worker/operation-kinds.ts'

/** Job → verb, and nothing else. The worker and the CLI both work from this list. */
export const jobHandlers: JobHandlers = evaluateAfter({
  'backups.copy': (scope, payload) => copyArchive(scope, payload as { backupId: string; storeName: string }),
  'backups.take': (scope, payload) => takeBackup(scope, payload as { backupId: string }),
  'backups.verify': (scope, payload) => verifyBackup(scope, payload as { backupId: string }),
  'deployments.validate': (scope, payload) => validateDeployment(scope, payload),
  'drift.compare': (scope, payload) => compareTargets(scope, payload as unknown as ComparePayload),
  'drills.run': (scope, payload) => runDrill(scope, payload as { drillId: string; storeName?: string }),
  'guards.grant-agent': (scope, payload) => makeAgentRole(scope, payload),
  'guards.install': (scope) => installGuards(scope),
  'guards.remove': (scope) => removeGuards(scope),
  'guards.revoke-agent': (scope, payload) => dropAgentRole(scope, payload),
  'guards.verify': (scope) => doVerifyGuards(scope),
  'health.run': (scope) => runHealth(scope),
  'kit.test': (scope, payload) => testKit(scope, payload as { keyId?: string }),
  'operations.plan': (scope, payload) =>
    planOperation(operationKinds, scope, payload as { operationId: string }),
  'operations.run': (scope, payload) =>
    executeOperation(operationKinds, scope, payload as unknown as RunPayload),
  'performance.measure': (scope) => measurePerformance(scope),
  'permits.withdraw': (scope, payload) => withdrawPermit(scope, payload as { permitId: string }),
  'policy.apply': (scope, payload) => applyProtectionChange(scope, payload as unknown as ProtectionChange),
  'recovery.find': (scope, payload) => findLockedOut(scope, payload),
  'targets.add': (scope, payload) => addRequestedTarget(scope, payload as { requestId: string }),
  'targets.check': (scope) => checkTarget(scope),
})
