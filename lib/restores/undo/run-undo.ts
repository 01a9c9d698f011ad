import { AppError } from '#lib/errors.ts'
import type { Operation, RunScope } from '#lib/operations/types.ts'
import { assertNotSubscribed, assertWritable } from '#lib/restores/assert-writable.ts'
import { bindingOf } from '#lib/restores/compare-source.ts'
import { explainLock } from '#lib/restores/explain-lock.ts'
import { findBackupInstead, isUndone } from '#lib/restores/journal/find-undoable.ts'
import type { RestoreResult } from '#lib/restores/types.ts'
import { compareUndo } from '#lib/restores/undo/compare-undo.ts'
import { getUndone, labelOf, type UndoPlan, undoIdentity } from '#lib/restores/undo/plan-undo.ts'
import { removeRestoredCopy } from '#lib/restores/undo/remove-restored-copy.ts'
import type { UndoRequest } from '#lib/restores/undo/undo-input.ts'
import { writeRows } from '#lib/restores/write-rows.ts'
import { listTables, pickTables } from '#lib/targets/introspect.ts'

/** Writes exactly the approved undo in one transaction of the target, which keeps what its own undo needs. */
export async function runUndo(
  scope: RunScope,
  operation: Operation<UndoRequest, UndoPlan>,
): Promise<RestoreResult> {
  const { plan } = operation
  if (!plan) throw new AppError('no-plan', 'This operation has no plan.')
  const { undone, undoable } = await getUndone(scope.ctx, operation.request)
  if (undoable.kind === 'copy') return removeRestoredCopy(scope, undone, undoable.copy)
  const { kept } = undoable
  const { sql, target } = scope.session
  // It may have become something else since the plan: after a failover, say.
  await assertWritable(scope.ctx, scope.session)
  await assertNotSubscribed(sql, plan.tables)
  const instead = await findBackupInstead(scope.ctx.db, undone, target.name)
  const again = await isUndone(scope.ctx.db, undone.id)
  const live = (await listTables(sql)).filter((table) => table.kind !== 'partition')
  return explainLock(scope, { tables: plan.tables, to: 'write' }, () =>
    writeRows(scope, {
      operationId: operation.id,
      label: labelOf(undone),
      tables: pickTables(live, plan.tables),
      compare: async (transaction) =>
        (await compareUndo(transaction, scope.job, { kept, live, mode: plan.mode, again, instead })).plan,
      binding: (rows) => bindingOf(undoIdentity(undone, kept), rows),
    }),
  )
}
