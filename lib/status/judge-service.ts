import type { TargetStanding } from '#lib/status/judge-state.ts'
import type { PublicDay, ServiceState } from '#lib/status/types.ts'

const mostAreBlind = (noData: number, all: number): boolean => noData * 2 > all

/**
 * What the public is told of how a target stands. Without a fresh check, or where most could not look, it is not known; one
 * check among many that lacks a grant is the operators' matter. Pure.
 */
export function serviceState(
  reach: string,
  { standing, checks, isFresh }: Pick<TargetStanding, 'standing' | 'checks' | 'isFresh'>,
  { inMaintenance }: { inMaintenance: boolean },
): ServiceState {
  if (inMaintenance) return 'maintenance'
  if (reach === 'unreachable') return 'down'
  if (standing === 'critical') return 'degraded'
  const all = checks.healthy + checks.unhealthy + checks.noData
  if (!isFresh || mostAreBlind(checks.noData, all) || reach === 'needs-credentials') return 'unknown'
  return 'operational'
}

/** From bad to good, for one word about all of them. */
const order: readonly ServiceState[] = ['down', 'degraded', 'unknown', 'maintenance', 'operational']

/** The worst of them; of none it is unknown. Pure. */
export const overallState = (states: readonly ServiceState[]): ServiceState =>
  order.find((state) => states.includes(state)) ?? 'unknown'

/** One day's evidence: how many checks ran, how many of them found something grave or could not look. */
export interface DayEvidence {
  day: string
  runs: number
  noData: number
  wasGrave: boolean
  wasDown: boolean
}

/** A day without a check is unknown, and so is one on which most could not look. Pure. */
export function dayState(evidence: DayEvidence | undefined): PublicDay['state'] {
  if (!evidence || evidence.runs === 0) return 'unknown'
  if (evidence.wasDown) return 'down'
  if (evidence.wasGrave) return 'degraded'
  return mostAreBlind(evidence.noData, evidence.runs) ? 'unknown' : 'operational'
}
