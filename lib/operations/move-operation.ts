import { and, eq, inArray, type SQL } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import { operationEvents, operations } from '#drizzle/schema/operations.ts'
import type { Tx } from '#lib/db/client.ts'
import type { OperationStatus } from '#lib/operations/types.ts'

export interface Move {
  operationId: string
  from: readonly OperationStatus[]
  to: OperationStatus
  /** Further conditions on the row: the clock, the fingerprint. */
  when?: SQL | undefined
  set?: PgUpdateSetSource<typeof operations>
  actor: string
  /** One sentence for the timeline. */
  note: string
}

export type OperationRow = typeof operations.$inferSelect

export const finalStatuses: readonly OperationStatus[] = [
  'succeeded',
  'failed',
  'refused',
  'expired',
  'cancelled',
]

/**
 * The only way an operation changes its state: a conditional update and an event, in the caller's transaction.
 * Returns null when the operation was not (any more) in such a state: of many callers at once one gets the row.
 */
export async function moveOperation(tx: Tx, move: Move): Promise<OperationRow | null> {
  const [row] = await tx
    .update(operations)
    .set({ ...move.set, status: move.to })
    .where(and(eq(operations.id, move.operationId), inArray(operations.status, [...move.from]), move.when))
    .returning()
  if (!row) return null
  await tx
    .insert(operationEvents)
    .values({ operationId: row.id, status: move.to, actor: move.actor, note: move.note })
  return row
}
