import type { OperationKind } from '#lib/operations/types.ts'
import { type RestoreRequest, restoreRequestInput } from '#lib/restores/input.ts'
import { planRestore } from '#lib/restores/plan-restore.ts'
import { runRestore } from '#lib/restores/run-restore.ts'
import type { RestorePlan, RestoreResult } from '#lib/restores/types.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'

/** Puts rows back from a snapshot, an archive or the journal. */
export const restoreKind: OperationKind<RestoreRequest, RestorePlan, RestoreResult> = {
  kind: 'restore',
  request: restoreRequestInput,
  plan: planRestore,
  run: runRestore,
  verify: verifyRestore,
}
