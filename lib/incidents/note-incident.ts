import { and, eq } from 'drizzle-orm'
import { incidentEvents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { noteIncidentInput } from './input.ts'
import { refuseClosed } from './lock-incident.ts'
import { getIncident } from './queries.ts'

/**
 * Adds a person's note to the incident's timeline, at the moment that it tells of. Notes are never changed: one may correct
 * another, and both stay. Repeating it adds it again.
 */
export const noteIncident = defineVerb({
  action: 'incidents.note',
  input: noteIncidentInput,
  async act({ tx, actorText }, { incidentId, body, happenedAt, correctsId }) {
    const incident = await getIncident(tx, incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    if (happenedAt && happenedAt.getTime() > Date.now() + 60_000) {
      return refuse('happens-in-future', 'A note tells of what has happened.', 'Check the time zone.')
    }
    const [corrected] = correctsId
      ? await tx
          .select({ happenedAt: incidentEvents.happenedAt, at: incidentEvents.at })
          .from(incidentEvents)
          .where(
            and(
              eq(incidentEvents.id, correctsId),
              eq(incidentEvents.incidentId, incident.id),
              eq(incidentEvents.kind, 'note'),
            ),
          )
      : []
    if (correctsId && !corrected) {
      return refuse(
        'note-not-found',
        'There is no such note on this incident.',
        'Only notes can be corrected.',
      )
    }
    const [event] = await tx
      .insert(incidentEvents)
      .values({
        incidentId: incident.id,
        kind: 'note',
        actor: actorText,
        body,
        happenedAt: happenedAt ?? (corrected ? (corrected.happenedAt ?? corrected.at) : null),
        correctsId: correctsId ?? null,
      })
      .returning({ id: incidentEvents.id })
    return {
      value: { incidentId: incident.id, number: incident.number, eventId: event!.id },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        detail: { number: incident.number, note: body.slice(0, 500), ...(correctsId ? { correctsId } : {}) },
      },
      changed: ['incidents'],
    }
  },
})
