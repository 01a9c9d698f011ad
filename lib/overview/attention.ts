import type { Alert } from '#lib/alerts/queries.ts'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import type { Incident } from '#lib/incidents/types.ts'
import type { OperationListing } from '#lib/operations/queries.ts'
import type { Attention, Severity } from '#lib/overview/types.ts'

const order: readonly Severity[] = ['EMERGENCY', 'CRITICAL', 'WARNING', 'INFO']

interface AttentionFacts {
  targetName: string
  incident: Pick<
    Incident,
    'id' | 'number' | 'title' | 'severity' | 'beganAt' | 'rowsLost' | 'rowsRecovered'
  > | null
  alerts: Pick<
    Alert,
    | 'id'
    | 'fingerprint'
    | 'title'
    | 'details'
    | 'remedy'
    | 'severity'
    | 'status'
    | 'firstSeenAt'
    | 'incidentId'
  >[]
  operations: Pick<
    OperationListing,
    'id' | 'kind' | 'status' | 'sentence' | 'reason' | 'requestedBy' | 'requestedByUserId' | 'createdAt'
  >[]
  user: { id: string; role: Role }
}

/** What a person must act on now, worst first. What somebody already took (acknowledged, silenced) is not in it. */
export function listAttention({
  targetName,
  incident,
  alerts,
  operations,
  user,
}: AttentionFacts): Attention[] {
  const items: Attention[] = []
  if (incident) items.push(incidentItem(incident, alerts))
  for (const alert of alerts) {
    const known = alert.status !== 'firing' || alert.severity === 'INFO'
    if (known || (incident && alert.incidentId === incident.id)) continue
    items.push({
      key: `alert:${alert.id}`,
      severity: alert.severity,
      title: alert.title,
      detail: alert.remedy ?? alert.details,
      since: alert.firstSeenAt,
      step: stepOfAlert(alert.fingerprint, targetName),
    })
  }
  for (const operation of operations) {
    const item = operationItem(operation, user)
    if (item) items.push(item)
  }
  return items.sort(
    (first, second) =>
      order.indexOf(first.severity) - order.indexOf(second.severity) ||
      second.since.getTime() - first.since.getTime(),
  )
}

function incidentItem(
  incident: NonNullable<AttentionFacts['incident']>,
  alerts: AttentionFacts['alerts'],
): Attention {
  const its = alerts.filter(
    ({ incidentId, status }) => incidentId === incident.id && status === 'firing',
  ).length
  const lost =
    incident.rowsLost === null
      ? 'The loss is not measured yet.'
      : `${incident.rowsLost.toLocaleString('en-US')} rows lost, ${(incident.rowsRecovered ?? 0).toLocaleString('en-US')} back.`
  return {
    key: `incident:${incident.id}`,
    severity: incident.severity,
    title: `Incident #${incident.number}: ${incident.title}`,
    detail: its > 0 ? `${lost} ${its === 1 ? 'One alert fires' : `${its} alerts fire`} because of it.` : lost,
    since: incident.beganAt,
    step: { label: 'Go to the incident', href: `/incidents/${incident.id}` },
  }
}

function operationItem(
  operation: AttentionFacts['operations'][number],
  user: AttentionFacts['user'],
): Attention | null {
  const own = operation.requestedByUserId === user.id
  const step = (action: string, label: string) => (can(user.role, action) ? label : 'Read the plan')
  const words: Partial<Record<typeof operation.status, { title: string; label: string }>> = {
    planned: {
      title: `A ${operation.kind} is planned`,
      label: own ? step('operations.request', 'Ask for approval') : 'Read the plan',
    },
    'awaiting-approval': {
      title: `A ${operation.kind} waits for a second person`,
      label: own ? 'See who can approve' : step('operations.approve', 'Read the plan and decide'),
    },
    approved: {
      title: `A ${operation.kind} is approved and not run yet`,
      label: step('operations.run', 'Go to run it'),
    },
  }
  const word = words[operation.status]
  return word
    ? {
        key: `operation:${operation.id}`,
        severity: 'WARNING',
        title: word.title,
        detail: operation.sentence ?? operation.reason,
        since: operation.createdAt,
        step: { label: word.label, href: `/operations/${operation.id}` },
      }
    : null
}

const stepsByPrefix: [prefix: string, label: string, path: string][] = [
  ['health:membership', 'See who is locked out', '/recovery'],
  ['health:', 'See the finding', '/health'],
  ['no-data:health', 'See why checks do not run', '/health'],
  ['no-data:drill', 'See the drill', '/backups'],
  ['no-data:', 'See the check', '/health'],
  ['guard:blocked', 'See what was refused', '/guards'],
  ['guard:', 'See the guard', '/guards'],
  ['backup:', 'See the backups', '/backups'],
  ['drill:', 'See the drills', '/backups'],
  ['performance:', 'See the probe', '/performance'],
  ['target:', 'See the target', '/settings'],
]

function stepOfAlert(fingerprint: string, targetName: string): { label: string; href: string } {
  const [, label, path] = stepsByPrefix.find(([prefix]) => fingerprint.startsWith(prefix)) ?? [
    '',
    'See the alert',
    '/alerts',
  ]
  return { label, href: `${path}?target=${encodeURIComponent(targetName)}` }
}
