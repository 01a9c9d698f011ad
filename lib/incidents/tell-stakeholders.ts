import { and, inArray, isNull, ne } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { incidentEvents } from '#drizzle/schema/incidents.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { tellStakeholdersInput } from './input.ts'
import { lockIncident, refuseClosed } from './lock-incident.ts'
import { tellChannels } from './tell-channels.ts'

/** Sends a person's message about an incident through the channels that they chose. Repeating it sends it again. */
export const tellStakeholders = defineVerb({
  action: 'incidents.tell',
  input: tellStakeholdersInput,
  async act({ tx, actorText }, { incidentId, channelIds, title, body }) {
    const incident = await lockIncident(tx, incidentId)
    const closed = refuseClosed(incident)
    if (closed) return closed
    const wanted = [...new Set(channelIds)]
    const chosen = await tx
      .select({ id: channels.id, name: channels.name })
      .from(channels)
      .where(and(inArray(channels.id, wanted), isNull(channels.removedAt), ne(channels.kind, 'heartbeat')))
    if (chosen.length < wanted.length) {
      return refuse('channel-not-found', 'One of these channels was removed.', 'Reload and choose again.')
    }
    const names = chosen.map(({ name }) => name).sort()
    const [event] = await tx
      .insert(incidentEvents)
      .values({
        incidentId,
        kind: 'runbook',
        actor: actorText,
        body: `Told stakeholders through ${names.join(', ')}: ${title}\n${body}`,
      })
      .returning({ id: incidentEvents.id })
    await tellChannels(tx, incident, {
      eventId: event!.id,
      title,
      text: body,
      status: 'info',
      channelIds: chosen.map(({ id }) => id),
    })
    return {
      value: { incidentId, number: incident.number, channels: names },
      audit: {
        subject: `incident:${incidentId}`,
        target: incident.targetName,
        detail: { number: incident.number, channels: names, title, body: body.slice(0, 500) },
      },
      changed: ['incidents', 'channels'],
    }
  },
})
