import { eq } from 'drizzle-orm'
import { operations } from '#drizzle/schema/operations.ts'
import { can } from '#lib/auth/permissions.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import type { OperationRow } from '#lib/operations/move-operation.ts'
import { findPersonForAct } from '#lib/operations/person.ts'
import { isSoloApprovalVoid, soloVoidNote } from '#lib/operations/solo-approval.ts'

const again = 'Request it again and have another person approve it.'

/** Why the approval does not count any more: whoever gave it could not give it now. Null while it counts, or is not needed. */
export async function findLostApproval(
  tx: Tx,
  operation: OperationRow,
): Promise<{ refusal: Refusal } | null> {
  if (!operation.needsApproval || operation.approvalMode === 'break-glass') return null
  const approver = operation.approvedByUserId && (await findPersonForAct(tx, operation.approvedByUserId))
  if (!approver || !can(approver.role, 'operations.approve')) {
    return refuse('approval-void', 'Whoever approved this may not approve any more.', again)
  }
  const [row] = await tx
    .select({ isVoid: isSoloApprovalVoid })
    .from(operations)
    .where(eq(operations.id, operation.id))
  return row?.isVoid ? refuse('approval-void', soloVoidNote, again) : null
}
