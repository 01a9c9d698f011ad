import type { OperationKind } from '#lib/operations/types.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { planUndo, type UndoPlan } from '#lib/restores/undo/plan-undo.ts'
import { runUndo } from '#lib/restores/undo/run-undo.ts'
import { type UndoRequest, undoRequestInput } from '#lib/restores/undo/undo-input.ts'
import { verifyRestore } from '#lib/restores/verify-restore.ts'

/** Takes back what an operation wrote, from the rows that it kept. */
export const undoKind: OperationKind<UndoRequest, UndoPlan, RestoreResult> = {
  kind: 'undo',
  request: undoRequestInput,
  plan: planUndo,
  run: runUndo,
  verify: verifyRestore,
}
