import { type AlertStatus, isWorse, type Judgement, type Problem, type Severity } from './types.ts'

/** An alert that comes back within this time after it resolved is the same one, flapping. */
const flapMs = 15 * 60_000

export interface OpenAlert {
  id: string
  fingerprint: string
  status: Exclude<AlertStatus, 'resolved'>
  severity: Severity
  lastSeenAt: Date
  silencedUntil: Date | null
}

export interface ResolvedAlert {
  id: string
  fingerprint: string
  lastSeenAt: Date
  resolvedAt: Date
}

export type AlertChange =
  | { kind: 'raise'; problem: Problem }
  | { kind: 'reopen'; id: string; problem: Problem }
  | { kind: 'see'; id: string; problem: Problem; status: OpenAlert['status']; worsened: boolean }
  | { kind: 'unsilence'; id: string }
  | { kind: 'resolve'; id: string }

const covers = (pattern: string, fingerprint: string): boolean =>
  pattern.endsWith('*') ? fingerprint.startsWith(pattern.slice(0, -1)) : fingerprint === pattern

/**
 * What has to change so that the open alerts say what was judged. A pure rule.
 * `resolved` holds the newest resolved alert per fingerprint, so that old evidence does not fire again.
 */
export function planAlertChanges(
  open: readonly OpenAlert[],
  resolved: readonly ResolvedAlert[],
  judgement: Judgement,
  now: Date,
): AlertChange[] {
  const changes: AlertChange[] = []
  for (const problem of judgement.problems) {
    const alert = open.find((candidate) => candidate.fingerprint === problem.fingerprint)
    if (alert) changes.push(...seeAgain(alert, problem, now))
    else changes.push(...raise(resolved, problem))
  }
  for (const alert of open) {
    if (judgement.problems.some((problem) => problem.fingerprint === alert.fingerprint)) continue
    if (!judgement.unknown.some((pattern) => covers(pattern, alert.fingerprint))) {
      changes.push({ kind: 'resolve', id: alert.id })
    } else if (isSilenceOver(alert, now)) changes.push({ kind: 'unsilence', id: alert.id })
  }
  return changes
}

const isSilenceOver = (alert: OpenAlert, now: Date): boolean =>
  alert.status === 'silenced' && alert.silencedUntil !== null && alert.silencedUntil <= now

function seeAgain(alert: OpenAlert, problem: Problem, now: Date): AlertChange[] {
  const changes: AlertChange[] = []
  const silenceEnded = isSilenceOver(alert, now)
  if (silenceEnded) changes.push({ kind: 'unsilence', id: alert.id })
  if (problem.seenAt <= alert.lastSeenAt) return changes
  const worsened = isWorse(problem.severity, alert.severity)
  const status = silenceEnded || (worsened && alert.status === 'acknowledged') ? 'firing' : alert.status
  changes.push({ kind: 'see', id: alert.id, problem, status, worsened })
  return changes
}

function raise(resolved: readonly ResolvedAlert[], problem: Problem): AlertChange[] {
  const last = resolved.find((candidate) => candidate.fingerprint === problem.fingerprint)
  if (!last) return [{ kind: 'raise', problem }]
  // Judged by the evidence, not by the time it resolved: a refused delete may be collected late.
  if (problem.seenAt <= last.lastSeenAt) return []
  return problem.seenAt.getTime() - last.resolvedAt.getTime() <= flapMs
    ? [{ kind: 'reopen', id: last.id, problem }]
    : [{ kind: 'raise', problem }]
}
