import { familyOf, stepOfAlert } from '#lib/overview/alert-steps.ts'
import { incidentItem } from '#lib/overview/attention-items.ts'
import type { Attention, AttentionAlert, AttentionIncident, Severity } from '#lib/overview/types.ts'

const order: readonly Severity[] = ['EMERGENCY', 'CRITICAL', 'WARNING', 'INFO']

const worstFirst = (first: Attention, second: Attention): number =>
  order.indexOf(first.severity) - order.indexOf(second.severity) ||
  second.since.getTime() - first.since.getTime()

/** Alerts of one family that are told in one line; fewer are told one by one. */
const toldTogether = 3

export interface AttentionFacts {
  targetName: string
  incidents: readonly AttentionIncident[]
  /** Firing, neither silenced nor in a maintenance window, worse than a note. */
  alerts: readonly AttentionAlert[]
  /** Channels that fail, each with the newest failure's words. */
  failingChannels: readonly { id: string; name: string; since: Date; message: string | null }[]
  /** Rotations that routes page and in which nobody is on call. */
  emptyRotations: readonly { id: string; name: string; since: Date }[]
  /** Changes of the schema that nothing accounts for. Null: none. */
  schemaChanges: { count: number; since: Date } | null
}

/**
 * What a person must act on now, worst first, each thing once and with one next step: an incident stands for its alerts, an
 * alert for the finding behind it, and many findings of one kind for each other. What somebody already took is not in it.
 */
export function listAttention(facts: AttentionFacts): Attention[] {
  const { targetName, incidents } = facts
  const inIncident = new Set(incidents.map(({ id }) => id))
  const alerts = facts.alerts.filter(({ incidentId }) => !incidentId || !inIncident.has(incidentId))
  const isTold = (prefix: string) => facts.alerts.some(({ fingerprint }) => fingerprint.startsWith(prefix))
  const items = [
    ...incidents.map((incident) => incidentItem(incident, facts.alerts)),
    ...alertItems(alerts, targetName),
    ...(facts.schemaChanges && !isTold('health:schema') ? [schemaItem(facts.schemaChanges, targetName)] : []),
    ...(isTold('channel:') ? [] : facts.failingChannels.map(channelItem)),
    ...(isTold('on-call:') ? [] : facts.emptyRotations.map(rotationItem)),
  ]
  return items.sort(worstFirst)
}

function alertItems(alerts: readonly AttentionAlert[], targetName: string): Attention[] {
  const families = Map.groupBy(alerts, ({ id, fingerprint }) => familyOf(fingerprint)?.key ?? id)
  return [...families].flatMap(([key, members]) =>
    members.length < toldTogether
      ? members.map((alert) => alertItem(alert, targetName))
      : [familyItem(key, members, targetName)],
  )
}

const alertItem = (alert: AttentionAlert, targetName: string): Attention => ({
  key: `alert:${alert.id}`,
  severity: alert.severity,
  title: alert.title,
  detail: alert.details,
  since: alert.firstSeenAt,
  step: stepOfAlert(alert.fingerprint, alert.targetId === null ? null : targetName),
})

function familyItem(key: string, members: readonly AttentionAlert[], targetName: string): Attention {
  const worst = members.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))[0]!
  const first = Math.min(...members.map(({ firstSeenAt }) => firstSeenAt.getTime()))
  const { href, label } = stepOfAlert(worst.fingerprint, targetName)
  return {
    key: `family:${key}`,
    severity: worst.severity,
    title:
      `${worst.title}, and ${members.length - 1} more ${familyOf(worst.fingerprint)?.words ?? ''}`.trim(),
    detail: worst.details,
    since: new Date(first),
    // The page of all of them, not the sheet of one.
    step: { label: label.replace('the finding', 'the findings'), href: withoutCheck(href) },
  }
}

function withoutCheck(href: string): string {
  const [path, query] = href.split('?')
  const kept = new URLSearchParams(query)
  kept.delete('check')
  return kept.size > 0 ? `${path}?${kept}` : path!
}

const schemaItem = ({ count, since }: { count: number; since: Date }, targetName: string): Attention => ({
  key: 'schema',
  severity: 'WARNING',
  title:
    count === 1
      ? 'The schema changed without a deployment'
      : `${count} changes of the schema without a deployment`,
  detail: 'Somebody has to say whether it was meant.',
  since,
  step: stepOfAlert('health:schema', targetName),
})

const channelItem = ({ id, name, since, message }: AttentionFacts['failingChannels'][number]): Attention => ({
  key: `channel:${id}`,
  severity: 'WARNING',
  title: `The channel ${name} fails`,
  detail: message ?? 'Messages through it do not arrive.',
  since,
  step: stepOfAlert('channel:', null),
})

const rotationItem = ({ id, name, since }: AttentionFacts['emptyRotations'][number]): Attention => ({
  key: `rotation:${id}`,
  severity: 'WARNING',
  title: `Nobody is on call in ${name}`,
  detail: 'What is to be told to it reaches nobody.',
  since,
  step: stepOfAlert('on-call:', null),
})
