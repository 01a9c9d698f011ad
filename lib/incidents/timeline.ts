import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { type TimelineEntry, timelineKinds } from './types.ts'

/** The records that a timeline is read from, as they are in our store. */
export interface TimelineRecords {
  targetName: string | null
  incidentEvents: { id: string; at: Date; kind: string; actor: string; body: string }[]
  alertEvents: { id: string; at: Date; kind: string; actor: string; note: string; title: string }[]
  guardEvents: {
    id: string
    at: Date
    kind: 'blocked' | 'deleted' | 'overwritten' | 'permitted' | 'expired' | 'tampered' | 'forgotten'
    tableName: string
    rows: number | null
    roleName: string | null
    applicationName: string | null
    clientAddress: string | null
    statement: string | null
  }[]
  healthTurns: {
    id: number
    at: Date
    title: string
    status: string
    severity: string
    details: string
    before: string
  }[]
  backups: {
    id: string
    finishedAt: Date
    kind: string
    status: string
    purpose: string
    requestedBy: string
  }[]
  drills: {
    id: string
    finishedAt: Date
    verdict: string | null
    recoveryMs: number | null
    requestedBy: string
  }[]
  operationEvents: {
    id: string
    at: Date
    operationId: string
    operationKind: string
    status: string
    actor: string
    note: string
  }[]
  refusals: { seq: number; at: Date; actor: string; action: string; reason: string | null }[]
  deployments: {
    id: string
    number: number
    at: Date
    title: string
    status: string
    verdict: string | null
    requestedBy: string
  }[]
}

const withTarget = (path: string, targetName: string | null): string =>
  targetName === null ? path : `${path}?target=${encodeURIComponent(targetName)}`

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
        kind: 'operation',
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
    (a, b) => a.at.getTime() - b.at.getTime() || rankOf(a) - rankOf(b) || (a.key < b.key ? -1 : 1),
  )
}

function fromIncident(event: TimelineRecords['incidentEvents'][number]): TimelineEntry {
  const [first = '', ...rest] = event.body.split('\n')
  const isNote = event.kind === 'note'
  return {
    key: `incident:${event.id}`,
    at: event.at,
    kind: isNote ? 'note' : 'incident',
    title: isNote ? 'Note' : event.kind === 'opened' ? `Incident opened: ${first}` : first,
    detail: (isNote ? event.body : rest.join('\n')) || null,
    actor: event.actor,
    href: null,
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

const mergeWithinMs = 60_000
const longestMergeMs = 10 * 60_000

/** Deletes of one origin from one table, close together. */
type Bites = TimelineRecords['guardEvents']

/**
 * What the guards saw. Small deletes of one origin from one table are one line, however they interleave with others:
 * a loss in bites would bury the rest.
 */
function fromGuards(records: TimelineRecords): TimelineEntry[] {
  const entries: TimelineEntry[] = []
  const open = new Map<string, Bites>()
  const close = (bites: Bites) => {
    const rows = bites.reduce((sum, event) => sum + (event.rows ?? 0), 0)
    const times = bites.length === 1 ? '' : ` in ${countOf(bites.length, 'bite')}`
    const first = bites[0]!
    entries.push(
      guardEntry(records, first, `${countOf(rows, 'row')} deleted from ${first.tableName}${times}`),
    )
  }
  const ordered = [...records.guardEvents].sort((a, b) => a.at.getTime() - b.at.getTime())
  for (const event of ordered) {
    if (event.kind !== 'deleted') {
      entries.push(guardEntry(records, event, guardTitle(event)))
      continue
    }
    const origin = JSON.stringify([event.tableName, event.roleName, event.applicationName])
    const bites = open.get(origin) ?? []
    if (bites.length === 0 || continues(bites, event)) open.set(origin, [...bites, event])
    else {
      close(bites)
      open.set(origin, [event])
    }
  }
  for (const bites of open.values()) close(bites)
  return entries
}

const continues = (bites: Bites, event: Bites[number]): boolean =>
  event.at.getTime() - bites.at(-1)!.at.getTime() <= mergeWithinMs &&
  event.at.getTime() - bites[0]!.at.getTime() <= longestMergeMs

function guardTitle(event: TimelineRecords['guardEvents'][number]): string {
  const size = event.rows === null ? '' : ` of ${countOf(event.rows, 'row')}`
  if (event.kind === 'blocked') return `Guard refused a change${size} in ${event.tableName}`
  if (event.kind === 'permitted') return `Permitted change${size} in ${event.tableName}`
  if (event.kind === 'overwritten') return `Update${size} in ${event.tableName}`
  if (event.kind === 'forgotten')
    return `Journal full: the oldest images in ${event.tableName} were forgotten`
  if (event.kind === 'expired') return `Permit for ${event.tableName} expired unused`
  return `Guard tampered with on ${event.tableName}`
}

const guardEntry = (
  records: TimelineRecords,
  event: TimelineRecords['guardEvents'][number],
  title: string,
): TimelineEntry => ({
  key: `guard:${event.id}`,
  at: event.at,
  kind: 'guard',
  title,
  detail: event.statement && withoutHeader(event.statement),
  actor: [event.roleName, event.applicationName, event.clientAddress].filter(Boolean).join(' · ') || null,
  href: withTarget('/guards', records.targetName),
})

/** Comments before a statement hide what it does in a short space. */
const withoutHeader = (statement: string): string =>
  statement.replace(/^(\s*(--[^\n]*\n|\/\*.*?\*\/))+\s*/s, '').trim() || statement
