/** Which of a worker's parts did something lately. Its heartbeat stands for all of them. */
export interface Pulse {
  /** This part went round once more. */
  mark(part: string): void
  /** The parts that stand still for too long; none: the worker lives. */
  stuck(): string[]
}

/**
 * A worker that stands still while its process goes on says nothing, and so counts as dead. `limitsMs` names the parts and how
 * long each may take from one round to the next; the clock only goes forward.
 */
export function makePulse(
  limitsMs: Readonly<Record<string, number>>,
  clock: () => number = () => performance.now(),
): Pulse {
  const marks = new Map(Object.keys(limitsMs).map((part) => [part, clock()]))
  return {
    mark(part) {
      if (marks.has(part)) marks.set(part, clock())
    },
    stuck: () =>
      Object.entries(limitsMs)
        .filter(([part, limitMs]) => clock() - marks.get(part)! > limitMs)
        .map(([part]) => part),
  }
}

/**
 * Waiting for requested work may take long and is not among them: it has leases of its own. The rounds are the ones on which
 * knowing and telling hang.
 */
export const pulseLimitsMs = {
  schedules: 60_000,
  sending: 60_000,
  'expect-runs': 120_000,
  'evaluate-alerts': 180_000,
}
