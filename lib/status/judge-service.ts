import type { Standing } from '#lib/status/judge-state.ts'
import type { PublicDay, ServiceState } from '#lib/status/types.ts'

/** What the public is told of how a target stands. Pure. */
export function serviceState(
  reach: string,
  standing: Standing,
  { inMaintenance }: { inMaintenance: boolean },
): ServiceState {
  if (inMaintenance) return 'maintenance'
  if (reach === 'unreachable') return 'down'
  if (standing === 'unknown' || reach === 'needs-credentials') return 'unknown'
  return standing === 'critical' ? 'degraded' : 'operational'
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
  return evidence.noData * 2 > evidence.runs ? 'unknown' : 'operational'
}
