import { formatDuration } from '#lib/format/format-duration.ts'
import { type TimelineEntry, timelineKinds } from '#lib/incidents/types.ts'
import { fromGuards } from './guard-entries.ts'
import type { TimelineRecords } from './records.ts'
import { fromDeliveries, fromSchema } from './told-entries.ts'
import { withTarget } from './with-target.ts'

const alertsWorse: readonly string[] = ['fired', 'worsened', 'reopened']

/** Within one instant: what happened in the database, what was told of it, what people and the product did about it. */
const rankOf = ({ kind, key }: TimelineEntry): number =>
  timelineKinds.indexOf(kind) + (key.startsWith('joined:') ? 0.5 : 0)

/** One ordered list of everything that happened, oldest first. A pure rule: the same records give the same list. */
export function assembleTimeline(records: TimelineRecords): TimelineEntry[] {
  const entries = [
    ...records.incidentEvents.filter((event) => event.kind !== 'alert').map(fromIncident),
    ...fromLinks(records.incidentEvents.filter((event) => event.kind === 'alert')),
    ...records.alertEvents.map(
      (event): TimelineEntry => ({
        key: `alert:${event.id}`,
        at: event.at,
        kind: 'alert',
        title: `Alert ${event.kind}: ${event.title}`,
        turn: event.kind === 'resolved' ? 'better' : alertsWorse.includes(event.kind) ? 'worse' : undefined,
        detail: event.note || null,
        actor: event.actor,
        href: withTarget('/alerts', records.targetName),
      }),
    ),
    ...fromGuards(records),
    ...fromSchema(records),
    ...fromDeliveries(records),
    ...records.healthTurns.map(
      (turn): TimelineEntry => ({
        key: `health:${turn.id}`,
        at: turn.at,
        kind: 'health',
        title: `${turn.title}: ${turn.before} → ${turn.status}${turn.status === 'unhealthy' ? ` (${turn.severity})` : ''}`,
        turn: turn.status === 'healthy' ? 'better' : turn.status === 'unhealthy' ? 'worse' : undefined,
        detail: turn.details || null,
        actor: null,
        href: withTarget('/health', records.targetName),
      }),
    ),
    ...records.backups.map(
      (backup): TimelineEntry => ({
        key: `backup:${backup.id}`,
        at: backup.finishedAt,
        kind: 'backup',
        title: `${backup.purpose === 'safety' ? 'Safety backup' : `Backup (${backup.kind})`}: ${backup.status}`,
        detail: null,
        actor: backup.requestedBy,
        href: withTarget('/backups', records.targetName),
      }),
    ),
    ...records.drills.map(
      (drill): TimelineEntry => ({
        key: `drill:${drill.id}`,
        at: drill.finishedAt,
        kind: 'drill',
        title: `Drill ${drill.verdict ?? 'ended'}`,
        detail: drill.recoveryMs === null ? null : `Back in ${formatDuration(drill.recoveryMs)}`,
        actor: drill.requestedBy,
        href: withTarget('/backups', records.targetName),
      }),
    ),
    ...records.operationEvents.map(
      (event): TimelineEntry => ({
        key: `operation:${event.id}`,
        at: event.at,
        kind: event.status === 'approved' || event.status === 'refused' ? 'approval' : 'operation',
        title: `${event.operationKind}: ${event.status.replaceAll('-', ' ')}`,
        turn: event.status === 'succeeded' ? 'better' : event.status === 'failed' ? 'worse' : undefined,
        detail: event.note || null,
        actor: event.actor,
        href: `/operations/${event.operationId}`,
      }),
    ),
    ...records.refusals.map(
      (refusal): TimelineEntry => ({
        key: `refusal:${refusal.seq}`,
        at: refusal.at,
        kind: 'refusal',
        title: `Refused: ${refusal.action}`,
        detail: refusal.reason,
        actor: refusal.actor,
        href: '/audit',
      }),
    ),
    ...records.deployments.map(
      (deployment): TimelineEntry => ({
        key: `deployment:${deployment.id}`,
        at: deployment.at,
        kind: 'deployment',
        title: `Deployment #${deployment.number}: ${deployment.verdict ?? deployment.status}`,
        detail: deployment.title,
        actor: deployment.requestedBy,
        href: `/deployments/${deployment.id}`,
      }),
    ),
  ]
  return entries.sort(
    (a, b) =>
      a.at.getTime() - b.at.getTime() ||
      rankOf(a) - rankOf(b) ||
      // A correction stands at the moment that it corrects, and after what it corrects.
      (a.writtenAt ?? a.at).getTime() - (b.writtenAt ?? b.at).getTime() ||
      (a.key < b.key ? -1 : 1),
  )
}

function fromIncident(event: TimelineRecords['incidentEvents'][number]): TimelineEntry {
  const [first = '', ...rest] = event.body.split('\n')
  const shared = { key: `incident:${event.id}`, actor: event.actor, href: null }
  if (event.kind === 'note') {
    return {
      ...shared,
      // A note stands where it belongs, not where somebody found the time to write it.
      at: event.happenedAt ?? event.at,
      kind: 'note',
      title: event.correctsId ? 'Correction of a note' : 'Note',
      detail: event.body,
      ...(event.happenedAt ? { writtenAt: event.at } : {}),
      ...(event.correctsId ? { corrects: `incident:${event.correctsId}` } : {}),
    }
  }
  return {
    ...shared,
    at: event.at,
    kind: 'incident',
    title: event.kind === 'opened' ? `Incident opened: ${first}` : first,
    detail: rest.join('\n') || null,
  }
}

/** Alerts that joined in one minute are one line; each has its own line where it fired. */
function fromLinks(events: TimelineRecords['incidentEvents']): TimelineEntry[] {
  const byMinute = Map.groupBy(events, (event) => Math.floor(event.at.getTime() / 60_000))
  return [...byMinute.values()].map((together): TimelineEntry => {
    const first = together.reduce((a, b) => (b.at < a.at ? b : a))
    return {
      key: `joined:${first.id}`,
      at: first.at,
      kind: 'incident',
      title:
        together.length === 1
          ? 'An alert joined the incident'
          : `${together.length} alerts joined the incident`,
      detail: together.map((event) => event.body).join('\n'),
      actor: first.actor,
      href: null,
    }
  })
}
