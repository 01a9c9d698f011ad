import type { Incident } from '#lib/incidents/types.ts'

const hourMs = 3_600_000
const longestWindowMs = 14 * 24 * hourMs

/** The most records that are read of each kind. */
export const mostOfEach = 1_000
/** What guards see comes in thousands, and folds. */
export const mostGuardEvents = 20_000

export interface Window {
  from: Date
  until: Date
}

/** From just before it began to just after it was over; a long one is read up to two weeks. */
export function windowOf(incident: Incident): Window {
  const from = new Date(incident.beganAt.getTime() - 60_000)
  const over = incident.closedAt ?? incident.resolvedAt
  const until = over ? over.getTime() + 60_000 : Number.POSITIVE_INFINITY
  return { from, until: new Date(Math.min(until, from.getTime() + longestWindowMs)) }
}
