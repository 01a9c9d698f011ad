import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { readClocks } from '#lib/incidents/clocks.ts'
import { listIncidentOperations, listLosses } from '#lib/incidents/export-postmortem.ts'
import { measureRecovered } from '#lib/incidents/measure-loss.ts'
import { getIncident, listIncidents } from '#lib/incidents/queries.ts'
import { planRunbook } from '#lib/incidents/runbook.ts'
import { getIncidentTimeline } from '#lib/incidents/timeline/get-timeline.ts'
import { getTarget } from '#lib/targets/queries.ts'

export const incidentsRead = defineRead({
  name: 'incidents',
  topics: ['incidents'],
  audience: 'role',
  input: z.object({ targetId: z.uuid() }),
  read: async ({ db, user }, { targetId }) => ({
    role: user.role,
    target: await getTarget(db, targetId),
    incidents: await listIncidents(db, { targetId }),
    elsewhere: (await listIncidents(db, { openOnly: true })).filter((each) => each.targetId !== targetId),
  }),
})

export const incidentRead = defineRead({
  name: 'incident',
  topics: ['incidents', 'alerts', 'operations', 'guards', 'health', 'backups', 'drills', 'deployments'],
  input: z.object({ incidentId: z.uuid() }),
  async read({ db, user }, { incidentId }) {
    const incident = await getIncident(db, incidentId)
    const [timeline, operations, losses, recovered] = await Promise.all([
      getIncidentTimeline(db, incident),
      listIncidentOperations(db, incidentId),
      listLosses(db, incident),
      measureRecovered(db, incidentId),
    ])
    return {
      role: user.role,
      email: user.email,
      incident: { ...incident, rowsRecovered: recovered ?? incident.rowsRecovered },
      clocks: readClocks(incident, new Date()),
      timeline,
      operations,
      losses,
      runbook: planRunbook({ incident, timeline, operations }),
    }
  },
})
