import type { Counters, KeptCounters, Row } from '#lib/health/types.ts'

export interface Interval {
  minutes: number
  /** What was counted in it. */
  counted(counter: string): number
}

/**
 * What happened since the counters were read before. Null when they never were. Statistics that were reset since began at
 * nothing: what they count now happened after that, and so within the interval. Pure.
 */
export function intervalSince(kept: KeptCounters | undefined, row: Row, now: Date): Interval | null {
  if (!kept) return null
  const minutes = (now.getTime() - kept.readAt.getTime()) / 60_000
  if (minutes <= 0) return null
  const wasReset = (kept.counters.reset ?? null) !== (row.reset ?? null)
  return {
    minutes,
    counted(counter) {
      const [before, after] = [Number(kept.counters[counter] ?? 0), Number(row[counter] ?? 0)]
      return wasReset || after < before ? after : after - before
    },
  }
}

/** The named counters of a row, to be kept. */
export const pickCounters = (row: Row | undefined, names: readonly string[]): Counters =>
  Object.fromEntries(['reset', ...names].map((name) => [name, row?.[name] ?? null]))

/** `5 min`, or hours where that is shorter to read. */
export const saySpan = (minutes: number): string =>
  minutes < 90 ? `${Math.max(1, Math.round(minutes))} min` : `${Math.round(minutes / 60)} h`
