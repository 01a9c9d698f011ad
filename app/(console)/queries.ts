import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readOverview } from '#lib/overview/queries.ts'
import { readFleet } from '#lib/overview/read-fleet.ts'

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
    'channels',
    'on-call',
  ],
  audience: 'everyone',
  input: z.strictObject({ targetId: z.uuid() }),
  read: ({ db }, { targetId }) => readOverview(db, targetId, { now: new Date() }),
})

export const fleetRead = defineRead({
  name: 'fleet',
  topics: ['targets', 'health', 'alerts', 'incidents', 'backups', 'drills', 'on-call'],
  audience: 'everyone',
  input: z.null(),
  read: ({ db }) => readFleet(db, new Date()),
})
