import { formatCount } from '#lib/format/format-count.ts'
import type { Attention, AttentionAlert, AttentionIncident } from '#lib/overview/types.ts'

/** An incident stands for its alerts; its step is what its clock waits for. */
export function incidentItem(incident: AttentionIncident, alerts: readonly AttentionAlert[]): Attention {
  const its = alerts.filter(({ incidentId }) => incidentId === incident.id).length
  const lost =
    incident.rowsLost === null
      ? 'The loss is not measured yet.'
      : `${formatCount(incident.rowsLost)} rows lost, ${formatCount(incident.rowsRecovered ?? 0)} back.`
  const known = incident.rowsLost === 0 ? 'No rows are missing.' : lost
  return {
    key: `incident:${incident.id}`,
    severity: incident.severity,
    title: `Incident #${incident.number}: ${incident.title}`,
    detail:
      its > 0 ? `${known} ${its === 1 ? 'One alert fires' : `${its} alerts fire`} because of it.` : known,
    since: incident.beganAt,
    step: { label: nextOfIncident(incident), href: `/incidents/${incident.id}` },
  }
}

/** What an incident waits for now, in the order of every runbook: one who decides, the loss, what is missing, its end. */
export function nextOfIncident(
  incident: Pick<AttentionIncident, 'commander' | 'rowsLost' | 'rowsRecovered' | 'stableAt'>,
): string {
  if (!incident.commander) return 'Take command'
  if (incident.stableAt) return 'Resolve it'
  if (incident.rowsLost !== null && incident.rowsLost > (incident.rowsRecovered ?? 0))
    return 'Put back what is missing'
  return 'Go on with the runbook'
}
