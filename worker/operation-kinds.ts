import { syncRepairKind } from '#lib/drift/sync-repair-kind.ts'
import { guardRemovalKind } from '#lib/guards/guard-removal-kind.ts'
import { permitKind } from '#lib/guards/permit-kind.ts'
import { policyWeakeningKind } from '#lib/guards/policy-weakening-kind.ts'
import type { OperationKinds } from '#lib/operations/kinds.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { recoveryKind } from '#lib/recovery/recovery-kind.ts'
import { databaseRestoreKind } from '#lib/restores/database/database-restore-kind.ts'
import { databaseSwitchKind } from '#lib/restores/database/database-switch-kind.ts'
import { restoreKind } from '#lib/restores/restore-kind.ts'
import { undoKind } from '#lib/restores/undo/undo-kind.ts'

/** Every kind of guarded act, each made by its domain. A kind's own types are known to that kind only. */
export const operationKinds: OperationKinds = [
  databaseRestoreKind as OperationKind,
  databaseSwitchKind as OperationKind,
  guardRemovalKind as OperationKind,
  permitKind as OperationKind,
  policyWeakeningKind as OperationKind,
  recoveryKind as OperationKind,
  restoreKind as OperationKind,
  syncRepairKind as OperationKind,
  undoKind as OperationKind,
]
