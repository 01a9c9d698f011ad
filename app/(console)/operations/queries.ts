import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { getApproverFrom } from '#lib/auth/queries.ts'
import { actsFor } from '#lib/operations/acts.ts'
import { getOperation, listOperations } from '#lib/operations/queries.ts'

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
    const [operation, approverFrom] = await Promise.all([
      getOperation(db, operationId),
      getApproverFrom(db, user.id),
    ])
    const onlooker = { id: user.id, role: user.role, approverFrom }
    return { operation, acts: actsFor(operation, onlooker, new Date()) }
  },
})
