/** The clocks of two replicas may differ by as much. */
export const skewMs = 2_000

/**
 * Which topics were announced after a page was made and before it listened: nobody told it about them. None for a page that
 * does not say when it was made. Pure.
 */
export const missedTopics = (changedAt: ReadonlyMap<string, number>, since: number | null): string[] =>
  [...changedAt].filter(([, at]) => since !== null && at >= since - skewMs).map(([topic]) => topic)
