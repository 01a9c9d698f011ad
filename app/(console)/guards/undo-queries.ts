import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listUndos } from '#lib/restores/journal/list-undos.ts'

/** Which deletes were undone, and by which operations. */
export const guardUndosRead = defineRead({
  name: 'guard-undos',
  topics: ['operations'],
  audience: 'everyone',
  input: z.object({ targetId: z.uuid() }),
  read: ({ db }, { targetId }) => listUndos(db, targetId),
})
