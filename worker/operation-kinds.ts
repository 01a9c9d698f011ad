import type { OperationKinds } from '#lib/operations/kinds.ts'
import type { OperationKind } from '#lib/operations/types.ts'
import { recoveryKind } from '#lib/recovery/recovery-kind.ts'
import { restoreKind } from '#lib/restores/restore-kind.ts'

/** Every kind of guarded act, each made by its domain. A kind's own types are known to that kind only. */
export const operationKinds: OperationKinds = [recoveryKind as OperationKind, restoreKind as OperationKind]
