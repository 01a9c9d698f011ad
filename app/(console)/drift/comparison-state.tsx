import { StatusDot } from '#components/ui/status-dot.tsx'

export interface StateOf {
  status: string
  inSync: boolean | null
}

/** One word for a comparison: what it found, or that it found nothing out. */
export const stateOf = ({ status, inSync }: StateOf): string =>
  status !== 'compared' ? status : inSync ? 'in-sync' : 'drift'

export function ComparisonState({ of }: { of: StateOf }) {
  const state = stateOf(of)
  return <StatusDot status={state} {...(state === 'failed' ? { label: 'not compared' } : {})} />
}
