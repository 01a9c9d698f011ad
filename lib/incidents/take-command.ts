import { eq, sql } from 'drizzle-orm'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { takeCommandInput } from './input.ts'
import { getIncident } from './queries.ts'
import { isOpen } from './transitions.ts'

/** Makes the person who calls it the incident's commander, and acknowledges it. Repeating it changes nothing. */
export const takeCommand = defineVerb({
  action: 'incidents.command',
  input: takeCommandInput,
  async act({ tx, actor, actorText }, input) {
    const incident = await getIncident(tx, input.incidentId)
    if (actor.kind !== 'user') {
      return refuse('not-a-person', 'Only a signed-in person can command.', 'Use --as with an account.')
    }
    if (!isOpen(incident.status)) {
      return refuse(
        'incident-over',
        `Incident #${incident.number} is ${incident.status}.`,
        'Reopen it first.',
      )
    }
    if (incident.commander !== actor.email) {
      await tx
        .update(incidents)
        .set({
          commanderId: actor.userId,
          acknowledgedAt: sql`coalesce(${incidents.acknowledgedAt}, now())`,
        })
        .where(eq(incidents.id, incident.id))
      await tx.insert(incidentEvents).values({
        incidentId: incident.id,
        kind: 'commander',
        actor: actorText,
        body: incident.commander
          ? `Takes command from ${incident.commander}`
          : 'Takes command of the incident',
      })
    }
    return {
      value: { incidentId: incident.id, number: incident.number, commander: actor.email },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        detail: { number: incident.number, before: incident.commander },
      },
      changed: ['incidents'],
    }
  },
})
