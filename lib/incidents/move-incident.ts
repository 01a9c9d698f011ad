import { eq, sql } from 'drizzle-orm'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { moveIncidentInput } from './input.ts'
import { measureLoss, measureRecovered, sumLoss } from './measure-loss.ts'
import { getIncident } from './queries.ts'
import { canMove, isOpen, nextStatuses } from './transitions.ts'

const instant = sql`now()`

/** Moves an incident to another status and keeps the clock of it. Repeating it is refused: it is there already. */
export const moveIncident = defineVerb({
  action: 'incidents.move',
  input: moveIncidentInput,
  async act({ tx, actorText }, input) {
    // The lock keeps two people from moving it at once; the second sees where the first put it.
    await tx
      .select({ id: incidents.id })
      .from(incidents)
      .where(eq(incidents.id, input.incidentId))
      .for('update')
    const incident = await getIncident(tx, input.incidentId)
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
    if (reopened && incident.targetId) {
      const others = await tx.execute(sql`
        select from ${incidents}
        where target_id = ${incident.targetId} and status not in ('resolved', 'closed')`)
      if (others.length > 0) {
        return refuse(
          'incident-open',
          `Another incident is open on ${incident.targetName}.`,
          'Work on that one; this stays resolved.',
        )
      }
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
    await tx.insert(incidentEvents).values({
      incidentId: incident.id,
      kind: 'status',
      actor: actorText,
      body: `${incident.status} → ${input.to}${input.resolution ? `\n${input.resolution}` : ''}`,
    })
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
