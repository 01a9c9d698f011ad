import { and, desc, eq, inArray, isNotNull, lte } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import type { RestoredCopy, RestoreResult } from '#lib/restores/types.ts'
import type { UndoCopy } from '#lib/restores/undo/undo-schema.ts'

/** How an operation can be undone: from the rows that it kept, or by removing the copy that it made. */
export type Undoable = { kind: 'rows'; kept: UndoCopy } | { kind: 'copy'; copy: RestoredCopy }

type Undone = Pick<OperationRow, 'kind' | 'status' | 'result' | 'safetyBackupId'>

/** What to do about acts that wrote no rows of the application. */
const instead: Record<string, string> = {
  permit: 'A permit is taken back: holdfast permits withdraw ID',
  'policy-weakening': 'Apply the policy from before: holdfast policy apply NAME FILE',
  'guard-removal': 'Install the guards again: holdfast guards install NAME',
  'database-restore': 'It made a database beside the others; drop that database when nobody needs it.',
  'database-switch':
    'The database from before is kept under another name: switch back to it in the same way.',
}

const unended = ['requested', 'planned', 'awaiting-approval', 'approved']

/** How an operation can be undone, or why it cannot. Pure. */
export function findUndoable(operation: Undone): Undoable | { refusal: Refusal } {
  const { kind, status, safetyBackupId } = operation
  if (instead[kind] !== undefined)
    return refuse(
      'not-undoable',
      `An operation of kind “${kind}” is not undone like one that wrote rows.`,
      instead[kind],
    )
  if (unended.includes(status))
    return refuse(
      'nothing-to-undo',
      'It has not run; there is nothing to undo.',
      'Cancel it: holdfast operations cancel ID',
    )
  if (['running', 'verifying'].includes(status))
    return refuse('operation-running', 'It is still running.', 'Wait until it ends.')
  const result = operation.result as Partial<RestoreResult> | null
  if (result?.undo) return { kind: 'rows', kept: result.undo }
  if (result?.copy) return { kind: 'copy', copy: result.copy }
  const oldSafety = safetyBackupId ?? (result as { safetyBackupId?: unknown } | null)?.safetyBackupId
  if (typeof oldSafety === 'string')
    return refuse(
      'undo-by-backup',
      'It ran before operations kept the rows that they touch; its tables were copied as a whole instead.',
      `Plan the way back: holdfast restores plan NAME --from ${oldSafety} --rows all --into place`,
    )
  return refuse('nothing-to-undo', 'It wrote nothing; there is nothing to undo.')
}

/** Where to get rows from when an undo copy is gone: the newest good backup from before the operation. */
export async function findBackupInstead(
  db: DbOrTx,
  { targetId, startedAt }: Pick<OperationRow, 'targetId' | 'startedAt'>,
  targetName: string,
): Promise<string> {
  const [nearest] = await db
    .select({ id: backups.id, kind: backups.kind, takenAt: backups.takenAt })
    .from(backups)
    .where(
      and(
        eq(backups.targetId, targetId),
        inArray(backups.status, ['good', 'suspicious']),
        startedAt ? lte(backups.takenAt, startedAt) : undefined,
      ),
    )
    .orderBy(desc(backups.takenAt))
    .limit(1)
  if (!nearest) return `No backup from before it is left; look at: holdfast backups list ${targetName}`
  return `Plan it from the ${nearest.kind} of ${nearest.takenAt!.toISOString().slice(0, 16).replace('T', ' ')} UTC: holdfast restores plan ${targetName} --from ${nearest.id} --rows all --into place`
}

/** Whether an undo of the operation was written and not taken back itself. */
export async function isUndone(db: DbOrTx, operationId: string): Promise<boolean> {
  const undos = await db
    .select({ id: operations.id })
    .from(operations)
    .where(and(eq(operations.undoesOperationId, operationId), isNotNull(operations.result)))
  for (const { id } of undos) if (!(await isUndone(db, id))) return true
  return false
}
