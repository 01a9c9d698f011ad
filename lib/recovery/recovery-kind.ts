import type { OperationKind } from '#lib/operations/types.ts'
import { type RecoveryRequest, recoveryRequestInput } from '#lib/recovery/input.ts'
import { planRecovery } from '#lib/recovery/plan-recovery.ts'
import { runRecovery, verifyRecovery } from '#lib/recovery/run-recovery.ts'
import type { RecoveryPlan, RecoveryResult } from '#lib/recovery/types.ts'

/** Gives locked-out users their memberships and roles back. */
export const recoveryKind: OperationKind<RecoveryRequest, RecoveryPlan, RecoveryResult> = {
  kind: 'recovery',
  request: recoveryRequestInput,
  plan: planRecovery,
  run: runRecovery,
  verify: verifyRecovery,
}
