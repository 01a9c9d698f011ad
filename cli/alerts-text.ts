import { paintState, table } from '#cli/output.ts'
import type { Alert, AlertEvent } from '#lib/alerts/queries.ts'
import type { Explanation } from '#lib/alerts/telling/explain-telling.ts'
import type { AlertDelivery } from '#lib/alerts/telling/queries.ts'
import { countOf } from '#lib/format/format-count.ts'

export const minuteText = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`

export const alertJson = (alert: Alert) => ({
  id: alert.id,
  target: alert.targetName,
  fingerprint: alert.fingerprint,
  title: alert.title,
  details: alert.details,
  remedy: alert.remedy,
  severity: alert.severity,
  status: alert.status,
  occurrences: alert.occurrences,
  firstSeenAt: alert.firstSeenAt,
  lastSeenAt: alert.lastSeenAt,
  acknowledgedAt: alert.acknowledgedAt,
  acknowledgedBy: alert.acknowledgedBy,
  silencedUntil: alert.silencedUntil,
  resolvedAt: alert.resolvedAt,
  resolvedBy: alert.resolvedBy,
  incidentId: alert.incidentId,
  incidentNumber: alert.incidentNumber,
  flappingSince: alert.flappingSince,
  turns: alert.turns,
  routeId: alert.routeId,
  step: alert.step,
  nextStepAt: alert.nextStepAt,
})

/** Open alerts as a table. */
export const alertsTable = (list: readonly Alert[]): string =>
  list.length === 0
    ? 'No open alerts.'
    : table(
        ['severity', 'status', 'target', 'title', 'seen', 'since', 'id'],
        list.map((alert) => [
          paintState(alert.severity),
          alert.flappingSince ? `${alert.status}, flapping` : alert.status,
          alert.targetName ?? 'Holdfast',
          alert.title,
          `${alert.occurrences}×`,
          alert.firstSeenAt.toISOString(),
          alert.id,
        ]),
      )

/** What would be told, or comes next, in lines. */
export function explanationText({ route, silence, steps, repeatMinutes }: Explanation): string {
  if (!route) return 'Nobody would be told: no route matches. See: holdfast routes list'
  const lines = [`Route: ${route.name}`]
  if (silence) lines.push(`Silent until ${minuteText(silence.until)}: ${silence.reason}`)
  if (steps.length === 0) lines.push('Nothing more is due.')
  else {
    lines.push(
      table(
        ['at', 'step', 'tells', 'held by'],
        steps.map(({ at, step, kind, tells, missing, heldBy }) => [
          minuteText(at),
          kind === 'reminded' ? `${step}, again` : step,
          [...(tells.length > 0 ? tells : ['nobody']), ...missing.map((reason) => `(${reason})`)].join(', '),
          heldBy,
        ]),
      ),
    )
  }
  if (steps.length === 0) return lines.join('\n')
  if (repeatMinutes !== null) {
    lines.push(`It begins again every ${countOf(repeatMinutes, 'minute')} after the last step.`)
  }
  lines.push('Whoever acknowledges it ends the chain.')
  return lines.join('\n')
}

/** One alert with what happened to it and whom it was told to. */
export function alertText(
  alert: Alert,
  events: readonly AlertEvent[],
  deliveries: readonly AlertDelivery[],
  next: Explanation,
): string {
  return [
    `${paintState(alert.severity)} ${alert.title}`,
    `${alert.targetName ?? 'Holdfast'} · ${alert.status}${alert.flappingSince ? ', flapping' : ''} · seen ${alert.occurrences}× · ${alert.fingerprint}`,
    alert.details,
    ...(alert.remedy ? [alert.remedy] : []),
    '',
    table(
      ['at', 'event', 'by', 'note'],
      events.map(({ at, kind, actor, note }) => [minuteText(at), kind, actor, note]),
    ),
    '',
    deliveries.length === 0
      ? 'Nobody was told.'
      : table(
          ['at', 'channel', 'person', 'message', 'state', 'why'],
          deliveries.map(({ createdAt, channel, person, kind, status, heldBecause, error }) => [
            minuteText(createdAt),
            channel,
            person,
            kind,
            paintState(status),
            error ?? heldBecause,
          ]),
        ),
    ...(alert.status === 'firing' ? ['', explanationText(next)] : []),
  ].join('\n')
}
