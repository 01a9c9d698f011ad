import { eq, sql } from 'drizzle-orm'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { moveIncidentInput } from './input.ts'
import { lockIncident } from './lock-incident.ts'
import { measureLoss, measureRecovered, sumLoss } from './measure-loss.ts'
import { findOpenIncident } from './queries.ts'
import { tellChannels } from './tell-channels.ts'
import { canMove, isOpen, nextStatuses } from './transitions.ts'
import type { IncidentStatus } from './types.ts'

const instant = sql`now()`

/** The moves that its channels hear of. */
const toldWords: Partial<Record<IncidentStatus, string>> = {
  stable: 'is stable',
  resolved: 'is resolved',
  closed: 'is closed',
}

/** Moves an incident to another status, keeps the clock of it and tells its channels of an end. Repeating it is refused: it is there already. */
export const moveIncident = defineVerb({
  action: 'incidents.move',
  input: moveIncidentInput,
  async act({ tx, actorText }, input) {
    const incident = await lockIncident(tx, input.incidentId)
    if (!canMove(incident.status, input.to)) {
      const next = nextStatuses(incident.status)
      return refuse(
        'transition-not-allowed',
        `Incident #${incident.number} is ${incident.status}; it cannot become ${input.to}.`,
        next.length > 0 ? `From here it can become: ${next.join(', ')}.` : 'Open a new incident.',
      )
    }
    if (input.to === 'resolved' && !input.resolution) {
      return refuse('resolution-missing', 'An incident is resolved with a word on how it ended.', 'Write it.')
    }
    const reopened = !isOpen(incident.status) && isOpen(input.to)
    if (reopened && (await findOpenIncident(tx, incident.targetId))) {
      return refuse(
        'incident-open',
        `Another incident is open on ${incident.targetName ?? 'Holdfast itself'}.`,
        'Work on that one; this stays resolved.',
      )
    }
    await tx
      .update(incidents)
      .set({
        status: input.to,
        acknowledgedAt: sql`coalesce(${incidents.acknowledgedAt}, now())`,
        ...(input.to === 'stable' ? { stableAt: instant } : {}),
        ...(input.to === 'resolved'
          ? {
              stableAt: sql`coalesce(${incidents.stableAt}, now())`,
              resolvedAt: instant,
              resolution: input.resolution!,
              rowsRecovered: await measureRecovered(tx, incident.id),
              ...(incident.targetId
                ? {
                    rowsLost: sumLoss(
                      await measureLoss(tx, incident.targetId, incident.beganAt, incident.stableAt),
                    ),
                  }
                : {}),
            }
          : {}),
        ...(reopened ? { resolvedAt: null, stableAt: null } : {}),
        ...(input.to === 'closed' ? { closedAt: instant } : {}),
      })
      .where(eq(incidents.id, incident.id))
    const [event] = await tx
      .insert(incidentEvents)
      .values({
        incidentId: incident.id,
        kind: 'status',
        actor: actorText,
        body: `${incident.status} → ${input.to}${input.resolution ? `\n${input.resolution}` : ''}`,
      })
      .returning({ id: incidentEvents.id })
    const word = reopened ? 'reopened' : toldWords[input.to]
    if (word) {
      await tellChannels(
        tx,
        { ...incident, status: input.to },
        {
          eventId: event!.id,
          title: `Incident #${incident.number} ${word}: ${incident.title}`,
          text: input.resolution ?? incident.resolution ?? 'Its page has the timeline.',
          status: reopened ? 'info' : input.to === 'resolved' ? 'resolved' : 'info',
          channelIds: null,
        },
      )
    }
    return {
      value: { incidentId: incident.id, number: incident.number, status: input.to },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        reason: input.resolution ?? null,
        detail: { number: incident.number, from: incident.status, to: input.to },
      },
      changed: ['incidents'],
    }
  },
})
