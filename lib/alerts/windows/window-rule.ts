import { occurrencesBetween } from '#lib/jobs/occurrence.ts'

/** What decides when a maintenance window is in effect. */
export interface WindowRule {
  id: string
  /** Null: every target. */
  targetId: string | null
  title: string
  startsAt: Date
  endsAt: Date
  /** A cron expression of five fields for its further beginnings; null: once. */
  repeats: string | null
  timeZone: string
  cancelledAt: Date | null
}

export interface Occurrence {
  startsAt: Date
  endsAt: Date
}

/**
 * The times at which a window is in effect that overlap this stretch, oldest first. A pure rule: the first as given; each
 * further one begins at the local time that the cron expression means and lasts as long as the first, whatever the clocks do
 * meanwhile. After it was cancelled there are none, and the one in effect ended then.
 */
export function windowOccurrences(window: WindowRule, from: Date, until: Date): Occurrence[] {
  const lengthMs = window.endsAt.getTime() - window.startsAt.getTime()
  const earliest = new Date(Math.max(window.startsAt.getTime(), from.getTime() - lengthMs))
  const further =
    window.repeats && earliest < until
      ? occurrencesBetween(window.repeats, window.timeZone, earliest, until)
      : []
  const end = window.cancelledAt ?? null
  return [window.startsAt, ...further]
    .map((startsAt) => ({ startsAt, endsAt: new Date(startsAt.getTime() + lengthMs) }))
    .filter(({ startsAt }) => !end || startsAt < end)
    .map(({ startsAt, endsAt }) => ({ startsAt, endsAt: end && end < endsAt ? end : endsAt }))
    .filter(({ startsAt, endsAt }) => startsAt < until && endsAt > from)
}

export interface EffectiveWindow extends Occurrence {
  window: WindowRule
}

/** The windows in effect on a target at a moment, the one that ends last first. Pure. */
export function windowsInEffect(
  windows: readonly WindowRule[],
  targetId: string | null,
  at: Date,
): EffectiveWindow[] {
  return windows
    .filter((window) => window.targetId === null || window.targetId === targetId)
    .flatMap((window) =>
      windowOccurrences(window, at, new Date(at.getTime() + 1)).map((times) => ({ window, ...times })),
    )
    .sort((a, b) => b.endsAt.getTime() - a.endsAt.getTime())
}
