import { countOf } from '#lib/format/format-count.ts'
import { formatUtc } from '#lib/format/format-time.ts'
import type { TimelineEntry } from '#lib/incidents/types.ts'
import type { TimelineRecords } from './records.ts'
import { withTarget } from './with-target.ts'

const ways: Record<TimelineRecords['deliveries'][number]['status'], string> = {
  queued: 'waits to be sent',
  sending: 'is being sent',
  sent: 'sent',
  failed: 'could not be sent',
  held: 'held back',
}

/** Messages: through which channel, to whom, and how it went. */
export const fromDeliveries = (records: TimelineRecords): TimelineEntry[] =>
  records.deliveries.map((delivery) => ({
    key: `message:${delivery.id}`,
    at: delivery.at,
    kind: 'message',
    title: `Message to ${[delivery.channel, delivery.person].filter(Boolean).join(', ')}: ${ways[delivery.status]}`,
    detail:
      [
        delivery.title,
        delivery.status === 'held' && delivery.heldBecause ? `Because of: ${delivery.heldBecause}` : '',
        delivery.status === 'failed' || (delivery.status === 'queued' && delivery.attempts > 0)
          ? `${countOf(delivery.attempts, 'attempt')}${delivery.error ? `: ${delivery.error}` : ''}`
          : '',
      ]
        .filter((line) => line !== '')
        .join('\n') || null,
    actor: null,
    href: '/settings/channels',
    turn: delivery.status === 'failed' ? 'worse' : undefined,
  }))

/** Changes of the schema stand where they were seen, and say since when they may have been there. */
export const fromSchema = (records: TimelineRecords): TimelineEntry[] =>
  records.schemaVersions.map((version) => ({
    key: `schema:${version.id}`,
    at: version.seenAt,
    kind: 'schema',
    title: `Schema changed${version.status === 'unexplained' ? ', and nothing accounts for it' : version.status === 'deployed' ? ' by a deployment' : ', accepted'}`,
    detail:
      [
        ...version.changes.slice(0, 6).map(({ name, kind, change }) => `${change} ${kind} ${name}`),
        version.changes.length > 6 ? `and ${version.changes.length - 6} more` : '',
        version.unchangedAt ? `It was still as before at ${formatUtc(version.unchangedAt)}` : '',
      ]
        .filter((line) => line !== '')
        .join('\n') || null,
    actor: version.acceptedBy,
    href: withTarget('/health/schema', records.targetName),
    turn: version.status === 'unexplained' ? 'worse' : undefined,
  }))
