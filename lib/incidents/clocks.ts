import type { Incident } from './types.ts'

/** How long things took, each from the moment the trouble began. Null while it has not happened. */
export interface Clocks {
  detectMs: number | null
  acknowledgeMs: number | null
  /** Until the loss stopped and what could be put back was: stable, or else resolved. */
  recoverMs: number | null
  resolveMs: number | null
  /** Until people who were locked out could sign in again; null where no recovery ran. */
  accessMs: number | null
  /** Of an incident that is not over: how long it lasts. */
  runningMs: number | null
}

type Moments = Pick<Incident, 'beganAt' | 'openedAt' | 'acknowledgedAt' | 'stableAt' | 'resolvedAt'>

const between = (from: Date, until: Date | null): number | null =>
  until === null ? null : Math.max(0, until.getTime() - from.getTime())

/** The clocks of an incident at `now`. A pure rule. */
export function readClocks(incident: Moments, now: Date, accessBackAt: Date | null = null): Clocks {
  return {
    detectMs: between(incident.beganAt, incident.openedAt),
    acknowledgeMs: between(incident.beganAt, incident.acknowledgedAt),
    recoverMs: between(incident.beganAt, incident.stableAt ?? incident.resolvedAt),
    resolveMs: between(incident.beganAt, incident.resolvedAt),
    accessMs: between(incident.beganAt, accessBackAt),
    runningMs: incident.resolvedAt ? null : between(incident.beganAt, now),
  }
}

/** When the last recovery that succeeded ended. Operations come newest first. */
export const accessBackAt = (
  operations: readonly { kind: string; status: string; finishedAt: Date | null }[],
): Date | null =>
  operations.find(({ kind, status }) => kind === 'recovery' && status === 'succeeded')?.finishedAt ?? null
