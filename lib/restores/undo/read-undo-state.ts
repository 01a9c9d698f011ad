import { asc, eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { getOperationRow } from '#lib/operations/queries.ts'
import type { OperationStatus } from '#lib/operations/types.ts'
import { findUndoable } from '#lib/restores/journal/find-undoable.ts'

/** What an operation's page says of its undo. */
export interface UndoState {
  /** Its undo may be asked for now. */
  isPossible: boolean
  /** Why not, and what to do instead, where it wrote something. */
  instead: string | null
  /** When its copy was removed because its time was over. */
  expiredAt: string | null
  /** The operation that this one takes back. */
  undoes: string | null
  /** Its undos so far, oldest first. */
  undos: { id: string; status: OperationStatus }[]
}

const over: readonly OperationStatus[] = ['succeeded', 'failed', 'refused', 'expired', 'cancelled']

/** What is known of an operation's undo without asking the target. */
export async function readUndoState(db: DbOrTx, operationId: string): Promise<UndoState> {
  const operation = await getOperationRow(db, operationId)
  const undos = await db
    .select({ id: operations.id, status: operations.status })
    .from(operations)
    .where(eq(operations.undoesOperationId, operationId))
    .orderBy(asc(operations.createdAt))
  const undoable = findUndoable(operation)
  const refusal = 'refusal' in undoable ? undoable.refusal : null
  const expiredAt = !('refusal' in undoable) && undoable.kind === 'rows' ? undoable.kept.expiredAt : undefined
  return {
    isPossible:
      refusal === null && expiredAt === undefined && undos.every(({ status }) => over.includes(status)),
    instead: refusal?.code === 'undo-by-backup' ? refusal.hint : null,
    expiredAt: expiredAt ?? null,
    undoes: operation.undoesOperationId,
    undos,
  }
}
