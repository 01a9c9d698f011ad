import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { listAlertEvents, listAlerts } from '#lib/alerts/queries.ts'
import { findOpenIncident } from '#lib/incidents/queries.ts'
import { getTarget } from '#lib/targets/queries.ts'

export const alertsRead = defineRead({
  name: 'alerts',
  topics: ['alerts', 'incidents'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  async read({ db, user }, { targetId }) {
    const [target, all, everywhere, incident] = await Promise.all([
      getTarget(db, targetId),
      listAlerts(db, { targetId, limit: 150 }),
      listAlerts(db, { openOnly: true }),
      findOpenIncident(db, targetId),
    ])
    const elsewhere = new Map<string, number>()
    for (const { targetName, targetId: of, status } of everywhere) {
      if (of === targetId || !targetName || status !== 'firing') continue
      elsewhere.set(targetName, (elsewhere.get(targetName) ?? 0) + 1)
    }
    return {
      role: user.role,
      target: { id: target.id, name: target.name },
      alerts: all,
      events: await listAlertEvents(
        db,
        all.map(({ id }) => id),
      ),
      incident: incident && { id: incident.id, number: incident.number },
      elsewhere: [...elsewhere].map(([name, firing]) => ({ name, firing })),
    }
  },
})
