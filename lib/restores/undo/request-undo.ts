import { and, eq, inArray } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { notFound, refuse } from '#lib/errors.ts'
import { fileOperation } from '#lib/operations/file-operation.ts'
import { findBackupInstead, findUndoable } from '#lib/restores/journal/find-undoable.ts'
import { requestUndoInput, undoRequestInput } from '#lib/restores/undo/undo-input.ts'
import { getTarget } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'

const open = ['requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying'] as const

/**
 * Files the undo of an operation and the job that plans it: rows that it overwrote go back, rows that it deleted come
 * back, rows that it made go. Nothing is written until that is approved and run. Of one operation at most one undo is open.
 */
export const requestUndo = defineVerb({
  action: 'operations.request',
  input: requestUndoInput,
  async act(scope, { operationId, reason, rows }) {
    const { tx } = scope
    // Locked, so that of two presses the second one sees the first, and the copy is not removed meanwhile.
    const [undone] = await tx.select().from(operations).where(eq(operations.id, operationId)).for('update')
    if (!undone) throw notFound('operation', operationId, 'List them with: holdfast operations list')
    const undoable = findUndoable(undone)
    if ('refusal' in undoable) return undoable
    if (undoable.kind === 'rows' && undoable.kept.expiredAt) {
      const target = await getTarget(tx, undone.targetId)
      return refuse(
        'undo-copy-gone',
        `What it kept for its undo was removed on ${undoable.kept.expiredAt.slice(0, 10)}, when its time was over.`,
        await findBackupInstead(tx, undone, target.name),
      )
    }
    const [other] = await tx
      .select({ id: operations.id, status: operations.status })
      .from(operations)
      .where(and(eq(operations.undoesOperationId, operationId), inArray(operations.status, [...open])))
      .limit(1)
    if (other)
      return refuse(
        'undo-open',
        `It is being undone already: operation ${other.id} is ${other.status}.`,
        `Go on with that one, or cancel it: holdfast operations show ${other.id}`,
      )
    const filed = await fileOperation(
      scope,
      { kind: 'undo', request: undoRequestInput },
      {
        targetId: undone.targetId,
        incidentId: undone.incidentId,
        reason,
        request: { source: { kind: 'operation', operationId }, rows },
      },
    )
    if ('refusal' in filed) return filed
    await tx
      .update(operations)
      .set({ undoesOperationId: operationId })
      .where(eq(operations.id, filed.value.operationId))
    return filed
  },
})
