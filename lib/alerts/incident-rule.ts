import type { IncidentKind } from '#lib/incidents/types.ts'
import type { AlertFacts, CheckFact, Severity } from './types.ts'

const hourMs = 3_600_000

/** The areas of checks whose findings mean that rows, or people's access, are gone. */
const lossAreas: readonly string[] = ['membership', 'rows', 'references']

/** An alert as far as the rule needs it. */
export interface RuleAlert {
  id: string
  fingerprint: string
  severity: Severity
  firstSeenAt: Date
  lastSeenAt: Date
  incidentId: string | null
  /** When the incident it belongs to was resolved; null while that is open or there is none. */
  incidentResolvedAt: Date | null
}

export interface OpenIncidentFact {
  id: string
  beganAt: Date
}

/** Rows deleted within the budgets by the one whose mass delete was refused. */
export interface RelatedDeletes {
  rows: number
  firstAt: Date
}

export interface IncidentCall {
  title: string
  /** Which runbook leads out of it. */
  kind: IncidentKind
  /** The title says what is lost, which an incident opened on a refused delete alone did not know. */
  sharpens: boolean
  severity: Severity
  /** Nothing of the trouble happened before this. */
  searchFrom: Date
  beganAt: Date
  alertIds: string[]
}

const healthFingerprint = (check: CheckFact): string => `health:${check.check}`

/**
 * Whether what is known calls for an incident, and which alerts belong to it; null when nothing is new. A pure rule:
 * a loss that appeared within the last day (what was always so is an alert, not an incident), or a refused mass
 * delete by someone who also deleted rows. While an incident is open it collects what else turns critical.
 */
export function judgeIncident(
  facts: AlertFacts,
  alerts: readonly RuleAlert[],
  open: OpenIncidentFact | null,
  relatedDeletes: RelatedDeletes | null,
): IncidentCall | null {
  const losses = facts.checks.filter((check) => isFreshLoss(check, alerts))
  const grave = losses.filter((check) => check.severity === 'CRITICAL' || check.severity === 'EMERGENCY')
  const blocked = alerts.filter((alert) => alert.fingerprint.startsWith('guard:blocked:') && isFree(alert))
  const blockedWithLoss = blocked.length > 0 && (losses.length > 0 || relatedDeletes !== null)
  if (!open && grave.length === 0 && !blockedWithLoss) return null

  const reasons = [...losses.map(healthFingerprint), ...blocked.map((alert) => alert.fingerprint)]
  const joins = (alert: RuleAlert): boolean =>
    reasons.includes(alert.fingerprint) || (open !== null && turnedCritical(alert, open))
  const members = alerts.filter((alert) => joins(alert) && alert.incidentId !== open?.id)
  if (members.length === 0) return null

  const evidence = [
    ...losses.map((check) => check.lastBetterAt!),
    ...facts.blocked.map((entry) => entry.firstAt),
    ...(relatedDeletes ? [relatedDeletes.firstAt] : []),
  ]
  const turned = [
    ...losses.map((check) => (check.since > check.lastBetterAt! ? check.since : check.checkedAt)),
    ...facts.blocked.map((entry) => entry.firstAt),
    ...(relatedDeletes ? [relatedDeletes.firstAt] : []),
  ]
  const earliest = (dates: Date[]) => dates.reduce((a, b) => (b < a ? b : a), facts.now)
  return {
    title: titleOf(facts, losses),
    kind: kindOf(facts, losses),
    sharpens: losses.length > 0,
    severity: losses.some((check) => check.severity === 'EMERGENCY') ? 'EMERGENCY' : 'CRITICAL',
    searchFrom: earliest(evidence),
    beganAt: earliest(turned),
    alertIds: members.map((alert) => alert.id),
  }
}

/** Not in an incident yet, or seen again after that one was resolved. */
const isFree = (alert: RuleAlert): boolean =>
  alert.incidentId === null ||
  (alert.incidentResolvedAt !== null && alert.lastSeenAt > alert.incidentResolvedAt)

function isFreshLoss(check: CheckFact, alerts: readonly RuleAlert[]): boolean {
  if (check.status !== 'unhealthy' || !lossAreas.includes(check.area) || !check.lastBetterAt) return false
  const alert = alerts.find((candidate) => candidate.fingerprint === healthFingerprint(check))
  if (!alert) return false
  return alert.incidentResolvedAt === null || check.lastBetterAt > alert.incidentResolvedAt
}

/** People who lost only their access are let in again; everything else that is gone has to be put back. */
const kindOf = (facts: AlertFacts, losses: readonly CheckFact[]): IncidentKind =>
  losses.length > 0 && facts.blocked.length === 0 && losses.every(({ area }) => area === 'membership')
    ? 'locked-out'
    : 'data-loss'

const turnedCritical = (alert: RuleAlert, open: OpenIncidentFact): boolean =>
  (alert.severity === 'CRITICAL' || alert.severity === 'EMERGENCY') &&
  alert.incidentId === null &&
  alert.firstSeenAt.getTime() >= open.beganAt.getTime() - hourMs

function titleOf(facts: AlertFacts, losses: readonly CheckFact[]): string {
  const byAffected = losses.toSorted((a, b) => (b.affected ?? 0) - (a.affected ?? 0))
  const worst =
    byAffected.find((check) => check.severity === 'EMERGENCY') ??
    byAffected.find((check) => check.area === 'membership') ??
    byAffected[0]
  if (!worst) return `${facts.targetName}: a mass delete was refused, yet rows were deleted in small bites`
  const said = firstSentence(worst.details) || worst.title
  return `${facts.targetName}: ${said}${facts.blocked.length > 0 ? ', and a mass delete was refused' : ''}`.slice(
    0,
    200,
  )
}

/** Without its full stop; a dot within a name or a number does not end it. */
const firstSentence = (text: string): string => text.split(/\.(?:\s|$)/)[0]!.trim()
