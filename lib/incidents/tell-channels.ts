import { queueDelivery } from '#lib/channels/queue-delivery.ts'
import type { Message } from '#lib/channels/types.ts'
import type { Tx } from '#lib/db/client.ts'
import { countOf } from '#lib/format/format-count.ts'
import { listToldChannels } from './list-told-channels.ts'
import type { Incident } from './types.ts'

export interface Telling {
  /** What happened to it: the event that the message tells of, once. */
  eventId: string
  title: string
  text: string
  status: Message['status']
  /** Null: those that hear of this incident by its route. */
  channelIds: readonly string[] | null
  heldBecause?: string | undefined
}

/** Files one message about an incident for each of its channels, in the caller's transaction. Gives how many channels hear it. */
export async function tellChannels(tx: Tx, incident: Incident, telling: Telling): Promise<number> {
  const ids = telling.channelIds ?? (await listToldChannels(tx, incident)).map(({ id }) => id)
  for (const channelId of ids) {
    await queueDelivery(tx, {
      channelId,
      incidentId: incident.id,
      kind: 'incident',
      dedupKey: `incident:${incident.id}:${telling.eventId}:${channelId}`,
      heldBecause: telling.heldBecause ?? null,
      message: writeMessage(incident, telling),
    })
  }
  return ids.length
}

const writeMessage = (incident: Incident, telling: Telling): Message => ({
  title: telling.title,
  text: telling.text,
  severity: incident.severity,
  status: telling.status,
  problemKey: `incident:${incident.id}`,
  targetName: incident.targetName,
  environment: incident.environment,
  href: `/incidents/${incident.id}`,
  fields: [
    { label: 'Incident', value: `#${incident.number}` },
    { label: 'Status', value: incident.status },
    { label: 'Commander', value: incident.commander ?? 'nobody' },
    { label: 'Assigned to', value: incident.assignee ?? 'nobody' },
    ...(incident.rowsLost ? [{ label: 'Lost', value: countOf(incident.rowsLost, 'row') }] : []),
    ...(incident.rowsRecovered
      ? [{ label: 'Recovered', value: countOf(incident.rowsRecovered, 'row') }]
      : []),
  ],
  at: new Date().toISOString(),
  acknowledgeable: false,
})
