import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { can } from '#lib/auth/permissions.ts'
import { getApproverFrom, listUsers } from '#lib/auth/queries.ts'
import { listBackups } from '#lib/backups/queries.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { actsFor } from '#lib/operations/acts.ts'
import { getOperation, getOperationRow, listOperations } from '#lib/operations/queries.ts'
import { findDraftOf } from '#lib/restores/drafts/draft-queries.ts'
import type { RestorePlan } from '#lib/restores/types.ts'
import { readUndoState } from '#lib/restores/undo/read-undo-state.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { getTarget } from '#lib/targets/queries.ts'

export const operationsRead = defineRead({
  name: 'operations',
  topics: ['operations'],
  input: z.object({ targetId: z.uuid().nullable() }),
  async read({ db, user }, { targetId }) {
    const operations = await listOperations(db, { targetId: targetId ?? undefined, limit: 200 })
    return { role: user.role, userId: user.id, operations }
  },
})

export const operationRead = defineRead({
  name: 'operation',
  topics: ['operations', 'jobs', 'users'],
  input: z.object({ operationId: z.string() }),
  async read({ db, user }, { operationId }) {
    const now = new Date()
    const [operation, approverFrom] = await Promise.all([
      getOperation(db, operationId),
      getApproverFrom(db, user.id),
    ])
    const [target, undo, approvers, draftId, copies, chosen] = await Promise.all([
      getTarget(db, operation.targetId),
      readUndoState(db, operationId),
      listApprovers(db, operation.requestedByUserId, now),
      findDraftOf(db, operationId, user.id),
      listCopies(db, operation),
      operation.kind === 'restore' ? listChosen(db, operationId) : [],
    ])
    const onlooker = { id: user.id, role: user.role, approverFrom }
    return {
      operation,
      acts: actsFor(operation, onlooker, now),
      undo,
      mayUndo: can(user.role, 'operations.request'),
      role: user.role,
      userId: user.id,
      databaseName: target.databaseName,
      approvers,
      draftId,
      copies,
      /** The tables of a restore’s plan that were asked for; the others follow them. */
      chosen,
    }
  },
})

/** Who could approve it now, besides whoever asked. */
async function listApprovers(db: DbOrTx, requestedByUserId: string | null, now: Date) {
  const people = await listUsers(db)
  return people
    .filter(
      ({ id, role, disabledAt, approverFrom }) =>
        id !== requestedByUserId &&
        disabledAt === null &&
        can(role, 'operations.approve') &&
        approverFrom !== null &&
        approverFrom <= now,
    )
    .map(({ id, name, email, role }) => ({ id, name, email, role }))
}

/** The copy that it restores from, for its moment. */
async function listCopies(db: DbOrTx, { targetId, request }: { targetId: string; request: unknown }) {
  const asked = request as { backupId?: string; source?: { backupId?: string } } | null
  const backupId = asked?.backupId ?? asked?.source?.backupId
  if (!backupId) return []
  const backups = await listBackups(db, { targetId, limit: 500 })
  return backups.filter(({ id }) => id === backupId).map(({ id, kind, takenAt }) => ({ id, kind, takenAt }))
}

async function listChosen(db: DbOrTx, operationId: string): Promise<string[]> {
  const { plan } = await getOperationRow(db, operationId)
  return ((plan as Partial<RestorePlan> | null)?.chosen ?? []).map(formatTable)
}
