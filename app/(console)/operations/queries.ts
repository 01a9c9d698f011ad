import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { can } from '#lib/auth/permissions.ts'
import { getApproverFrom } from '#lib/auth/queries.ts'
import { actsFor } from '#lib/operations/acts.ts'
import { getOperation, listOperations } from '#lib/operations/queries.ts'
import { readUndoState } from '#lib/restores/read-undo-state.ts'

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
    const [operation, approverFrom, undo] = await Promise.all([
      getOperation(db, operationId),
      getApproverFrom(db, user.id),
      readUndoState(db, operationId),
    ])
    const onlooker = { id: user.id, role: user.role, approverFrom }
    const mayUndo = can(user.role, 'operations.request')
    return { operation, acts: actsFor(operation, onlooker, new Date()), undo, mayUndo }
  },
})
