import { sql } from 'drizzle-orm'
import { incidentEvents, incidentSteps } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { tickStepInput } from './input.ts'
import { lockIncident, refuseClosed } from './lock-incident.ts'
import { findStep } from './runbooks/runbooks.ts'

/** Ticks a step of the incident's runbook off by hand, or takes the tick back. Repeating it replaces the note. */
export const tickStep = defineVerb({
  action: 'incidents.tick',
  input: tickStepInput,
  async act({ tx, actorText }, { incidentId, stepKey, isDone, note }) {
    const incident = await lockIncident(tx, incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    const step = findStep(incident.kind, stepKey)
    if (!step) {
      return refuse('step-not-found', `This runbook has no step “${stepKey}”.`, 'Reload the page.')
    }
    const values = { isDone, note: note ?? null, changedBy: actorText }
    await tx
      .insert(incidentSteps)
      .values({ incidentId, stepKey, ...values })
      .onConflictDoUpdate({
        target: [incidentSteps.incidentId, incidentSteps.stepKey],
        set: { ...values, changedAt: sql`now()` },
      })
    await tx.insert(incidentEvents).values({
      incidentId,
      kind: 'runbook',
      actor: actorText,
      body: `${isDone ? 'Ticked off' : 'Not done after all'}: ${step.title}${note ? `\n${note}` : ''}`,
    })
    return {
      value: { incidentId, number: incident.number, stepKey, isDone },
      audit: {
        subject: `incident:${incidentId}`,
        target: incident.targetName,
        reason: note ?? null,
        detail: { number: incident.number, stepKey, isDone },
      },
      changed: ['incidents'],
    }
  },
})
