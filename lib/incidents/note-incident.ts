import { incidentEvents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { noteIncidentInput } from './input.ts'
import { getIncident } from './queries.ts'

/** Adds a person's note to the incident's timeline. Repeating it adds it again. */
export const noteIncident = defineVerb({
  action: 'incidents.note',
  input: noteIncidentInput,
  async act({ tx, actorText }, input) {
    const incident = await getIncident(tx, input.incidentId)
    if (incident.status === 'closed') {
      return refuse('incident-closed', `Incident #${incident.number} is closed.`, 'Open a new one.')
    }
    const [event] = await tx
      .insert(incidentEvents)
      .values({ incidentId: incident.id, kind: 'note', actor: actorText, body: input.body })
      .returning({ id: incidentEvents.id })
    return {
      value: { incidentId: incident.id, number: incident.number, eventId: event!.id },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        detail: { number: incident.number, note: input.body.slice(0, 500) },
      },
      changed: ['incidents'],
    }
  },
})
