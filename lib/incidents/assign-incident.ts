import { and, eq, isNull } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { incidentEvents, incidents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { assignIncidentInput } from './input.ts'
import { lockIncident, refuseClosed } from './lock-incident.ts'

/** Gives an incident to another person, or to nobody. Repeating it changes nothing. */
export const assignIncident = defineVerb({
  action: 'incidents.assign',
  input: assignIncidentInput,
  async act({ tx, actorText }, input) {
    const incident = await lockIncident(tx, input.incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    const [person] = input.userId
      ? await tx
          .select({ email: users.email, role: users.role })
          .from(users)
          .where(and(eq(users.id, input.userId), isNull(users.disabledAt)))
      : []
    if (input.userId && !person) {
      return refuse(
        'user-not-found',
        'There is no such person, or their account is disabled.',
        'Choose another.',
      )
    }
    if (person?.role === 'viewer') {
      return refuse('viewer-cannot-act', `${person.email} may only look.`, 'Choose an admin or a commander.')
    }
    const assignee = person?.email ?? null
    if (assignee !== incident.assignee) {
      await tx.update(incidents).set({ assigneeId: input.userId }).where(eq(incidents.id, incident.id))
      await tx.insert(incidentEvents).values({
        incidentId: incident.id,
        kind: 'assignee',
        actor: actorText,
        body: assignee ? `Assigned to ${assignee}` : `Taken from ${incident.assignee}; nobody has it now`,
      })
    }
    return {
      value: { incidentId: incident.id, number: incident.number, assignee },
      audit: {
        subject: `incident:${incident.id}`,
        target: incident.targetName,
        detail: { number: incident.number, before: incident.assignee, after: assignee },
      },
      changed: ['incidents'],
    }
  },
})
