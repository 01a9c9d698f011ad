import { eq } from 'drizzle-orm'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { rateIncidentInput } from './input.ts'
import { lockIncident, refuseClosed } from './lock-incident.ts'
import { tellChannels } from './tell-channels.ts'
import { severities } from './types.ts'

/** Changes how severe an incident is, with a reason; its channels hear when it becomes graver. Repeating it is refused. */
export const rateIncident = defineVerb({
  action: 'incidents.rate',
  input: rateIncidentInput,
  async act({ tx, actorText }, input) {
    const incident = await lockIncident(tx, input.incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    if (incident.severity === input.severity) {
      return refuse('severity-same', `Incident #${incident.number} is ${input.severity} already.`, null)
    }
    await tx.update(incidents).set({ severity: input.severity }).where(eq(incidents.id, incident.id))
    const [event] = await tx
      .insert(incidentEvents)
      .values({
        incidentId: incident.id,
        kind: 'severity',
        actor: actorText,
        body: `${incident.severity} → ${input.severity}\n${input.reason}`,
      })
      .returning({ id: incidentEvents.id })
    if (severities.indexOf(input.severity) > severities.indexOf(incident.severity)) {
      await tellChannels(
        tx,
        { ...incident, severity: input.severity },
        {
          eventId: event!.id,
          title: `Incident #${incident.number} is now ${input.severity}: ${incident.title}`,
          text: input.reason,
          status: 'info',
          channelIds: null,
        },
      )
    }
    return {
      value: { incidentId: incident.id, number: incident.number, severity: input.severity },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        reason: input.reason,
        detail: { number: incident.number, before: incident.severity, after: input.severity },
      },
      changed: ['incidents'],
    }
  },
})
