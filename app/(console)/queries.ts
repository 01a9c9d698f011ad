import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readOverview } from '#lib/overview/queries.ts'

export const overviewRead = defineRead({
  name: 'overview',
  topics: [
    'targets',
    'health',
    'alerts',
    'incidents',
    'guards',
    'backups',
    'drills',
    'operations',
    'deployments',
  ],
  input: z.strictObject({ targetId: z.uuid() }),
  read: ({ db, user }, { targetId }) => readOverview(db, targetId, { user, now: new Date() }),
})
