import { calmed, isCalm, type Turning, turn, turnsWindowMs, unturned } from './flapping.ts'
import { type AlertStatus, isWorse, type Judgement, type Problem, type Severity } from './types.ts'

export interface OpenAlert extends Turning {
  id: string
  fingerprint: string
  status: Exclude<AlertStatus, 'resolved'>
  severity: Severity
  lastSeenAt: Date
  silencedUntil: Date | null
}

export interface ResolvedAlert extends Turning {
  id: string
  fingerprint: string
  lastSeenAt: Date
  resolvedAt: Date
}

/** `flaps`: this turn made it flapping, which is told once; the turns after it are only counted. */
export type AlertChange =
  | { kind: 'raise'; problem: Problem; turning: Turning }
  | { kind: 'reopen'; id: string; problem: Problem; turning: Turning; flaps: boolean }
  | {
      kind: 'see'
      id: string
      problem: Problem
      status: OpenAlert['status']
      worsened: boolean
      turning: Turning | null
      flaps: boolean
    }
  /** It is gone for now, and flapping: it stays open until it is calm. */
  | { kind: 'absent'; id: string; turning: Turning; flaps: boolean }
  /** It no longer flaps, and the problem is there. */
  | { kind: 'calm'; id: string; turning: Turning }
  | { kind: 'unsilence'; id: string }
  | { kind: 'resolve'; id: string; turning: Turning }

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
    else changes.push(...raise(resolved, problem, now))
  }
  for (const alert of open) {
    if (judgement.problems.some((problem) => problem.fingerprint === alert.fingerprint)) continue
    if (!judgement.unknown.some((pattern) => covers(pattern, alert.fingerprint))) {
      changes.push(...goAway(alert, now))
    } else if (isSilenceOver(alert, now)) changes.push({ kind: 'unsilence', id: alert.id })
  }
  return changes
}

const isSilenceOver = (alert: OpenAlert, now: Date): boolean =>
  alert.status === 'silenced' && alert.silencedUntil !== null && alert.silencedUntil <= now

const flapsBy = (before: Turning, after: Turning): boolean => !before.flappingSince && !!after.flappingSince

function seeAgain(alert: OpenAlert, problem: Problem, now: Date): AlertChange[] {
  const changes: AlertChange[] = []
  const silenceEnded = isSilenceOver(alert, now)
  if (silenceEnded) changes.push({ kind: 'unsilence', id: alert.id })
  const status = silenceEnded ? 'firing' : alert.status
  const seen = problem.seenAt > alert.lastSeenAt ? countAgain(alert, problem, status, now) : null
  if (seen) changes.push(seen)
  if (!seen?.turning && alert.flappingSince && !alert.absentSince && isCalm(alert, now)) {
    changes.push({ kind: 'calm', id: alert.id, turning: calmed(now) })
  }
  return changes
}

function countAgain(
  alert: OpenAlert,
  problem: Problem,
  status: OpenAlert['status'],
  now: Date,
): Extract<AlertChange, { kind: 'see' }> {
  const isBack = alert.absentSince !== null
  const isFlapping = alert.flappingSince !== null
  const rises = isWorse(problem.severity, alert.severity)
  const turning = isBack || rises ? turn(alert, now, false) : null
  const flaps = turning !== null && flapsBy(alert, turning)
  return {
    kind: 'see',
    id: alert.id,
    // While it flaps it stays as bad as it was at its worst, so that each degree is told once.
    problem: isFlapping && !rises ? { ...problem, severity: alert.severity } : problem,
    status: rises && status === 'acknowledged' ? 'firing' : status,
    worsened: rises,
    turning,
    flaps,
  }
}

function goAway(alert: OpenAlert, now: Date): AlertChange[] {
  if (alert.absentSince) {
    return isCalm(alert, now) ? [{ kind: 'resolve', id: alert.id, turning: calmed(now) }] : []
  }
  const turning = turn(alert, now, true)
  return turning.flappingSince
    ? [{ kind: 'absent', id: alert.id, turning, flaps: flapsBy(alert, turning) }]
    : [{ kind: 'resolve', id: alert.id, turning }]
}

function raise(resolved: readonly ResolvedAlert[], problem: Problem, now: Date): AlertChange[] {
  const last = resolved.find((candidate) => candidate.fingerprint === problem.fingerprint)
  if (!last) return [{ kind: 'raise', problem, turning: unturned(now) }]
  // Judged by the evidence, not by the time it resolved: a refused delete may be collected late.
  if (problem.seenAt <= last.lastSeenAt) return []
  if (problem.seenAt.getTime() - last.resolvedAt.getTime() > turnsWindowMs) {
    return [{ kind: 'raise', problem, turning: unturned(now) }]
  }
  const turning = turn(last, now, false)
  return [{ kind: 'reopen', id: last.id, problem, turning, flaps: flapsBy(last, turning) }]
}
