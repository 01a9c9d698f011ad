import { scheduleGapMinutes } from '#lib/alerts/schedule-gap.ts'
import type { State, TargetState } from '#lib/status/read-state.ts'

/** From bad to good. What is not known is worse than a warning: nobody looked. */
export const standings = ['critical', 'unknown', 'warning', 'healthy'] as const
export type Standing = (typeof standings)[number]

export interface TargetStanding {
  standing: Standing
  /** Checks by what they found. */
  checks: Record<'healthy' | 'unhealthy' | 'noData', number>
  /** Whether the newest check is young enough to say something about now. */
  isFresh: boolean
  newestCheckAgeSeconds: number | null
  backupAgeSeconds: number | null
  drillAgeSeconds: number | null
}

/** Checks that are older than three of their turns say nothing about now; a turn that is a moment late does. */
const turnsUntilStale = 3
const leastStaleMinutes = 10

export const worstOf = (found: readonly Standing[]): Standing =>
  standings.find((standing) => found.includes(standing)) ?? 'unknown'

const isGrave = (severity: string): boolean => severity === 'CRITICAL' || severity === 'EMERGENCY'

const ageSeconds = (at: string | null, now: string): number | null =>
  at === null ? null : Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1000))

/** After how many seconds a target's checks are too old to say anything. */
export const staleAfterSeconds = (target: TargetState): number =>
  60 * Math.max(leastStaleMinutes, turnsUntilStale * scheduleGapMinutes(target.healthSchedule ?? '* * * * *'))

/**
 * How a target stands by the evidence: grave findings and alerts are critical; no checks, old ones, or one that could not
 * look are unknown and never well. Pure.
 */
export function judgeTarget(
  target: TargetState,
  { alerts, at }: Pick<State, 'alerts' | 'at'>,
): TargetStanding {
  const count = (status: string) =>
    target.checks.filter((each) => each.status === status).reduce((sum, each) => sum + each.count, 0)
  const own = alerts.filter(({ targetId, status }) => targetId === target.id && status !== 'silenced')
  const bad = target.checks.filter(({ status }) => status === 'unhealthy')
  const age = ageSeconds(target.checkedAt, at)
  const found: Standing[] = ['healthy']
  if (bad.some(({ severity }) => isGrave(severity)) || own.some(({ severity }) => isGrave(severity))) {
    found.push('critical')
  }
  const isFresh = age !== null && age <= staleAfterSeconds(target)
  if (!isFresh || count('no-data') > 0) found.push('unknown')
  if (bad.length > 0 || own.some(({ severity }) => severity === 'WARNING')) found.push('warning')
  return {
    standing: worstOf(found),
    checks: { healthy: count('healthy'), unhealthy: count('unhealthy'), noData: count('no-data') },
    isFresh,
    newestCheckAgeSeconds: age,
    backupAgeSeconds: ageSeconds(target.archiveAt, at),
    drillAgeSeconds: ageSeconds(target.provenAt, at),
  }
}

export interface DatabaseHealth {
  standing: Standing
  at: string
  targets: (TargetStanding & { target: string; environment: string })[]
  openIncidents: number
  firingAlerts: number
}

/** How all targets stand. No target at all is not well, it is unknown. Pure. */
export function judgeState(state: State): DatabaseHealth {
  const targets = state.targets
    // Holdfast's own database is judged as a target where its checks run; the rest of it by its backups.
    .filter(({ kind, checkedAt }) => kind === 'application' || checkedAt !== null)
    .map((target) => ({
      target: target.name,
      environment: target.environment,
      ...judgeTarget(target, state),
    }))
  const sum = (rows: readonly { count: number }[]) => rows.reduce((total, { count }) => total + count, 0)
  return {
    standing: worstOf(targets.map(({ standing }) => standing)),
    at: state.at,
    targets,
    openIncidents: sum(state.incidents),
    firingAlerts: sum(state.alerts.filter(({ status }) => status === 'firing')),
  }
}
