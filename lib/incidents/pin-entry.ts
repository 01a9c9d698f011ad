import { and, eq } from 'drizzle-orm'
import { incidentPins } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { pinEntryInput } from './input.ts'
import { lockIncident, refuseClosed } from './lock-incident.ts'

const most = 50

/** Pins an entry of the timeline, or takes the pin out: pinned ones stand first, and in the postmortem. Safe to repeat. */
export const pinEntry = defineVerb({
  action: 'incidents.pin',
  input: pinEntryInput,
  async act({ tx, actorText }, { incidentId, entryKey, isPinned }) {
    const incident = await lockIncident(tx, incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    if (isPinned) {
      const pinned = await tx.$count(incidentPins, eq(incidentPins.incidentId, incidentId))
      if (pinned >= most) {
        return refuse('too-many-pins', `${most} entries are pinned already.`, 'Take one out first.')
      }
      await tx
        .insert(incidentPins)
        .values({ incidentId, entryKey, pinnedBy: actorText })
        .onConflictDoNothing()
    } else {
      await tx
        .delete(incidentPins)
        .where(and(eq(incidentPins.incidentId, incidentId), eq(incidentPins.entryKey, entryKey)))
    }
    return {
      value: { incidentId, number: incident.number, entryKey, isPinned },
      audit: {
        subject: `incident:${incidentId}`,
        target: incident.targetName,
        detail: { number: incident.number, entryKey, isPinned },
      },
      changed: ['incidents'],
    }
  },
})
