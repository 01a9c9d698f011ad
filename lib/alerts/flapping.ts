/** Turns within the window from which on an alert is flapping. */
export const flappingTurns = 5
/** Turns are counted within this time. An alert that comes back within it after it resolved is the same one. */
export const turnsWindowMs = 60 * 60_000
/** It is calm again when it did not turn for so long. */
export const calmMs = 30 * 60_000

/** What is remembered of an alert's coming and going. */
export interface Turning {
  turns: number
  /** When the counting began; while it flaps, when it last turned. */
  turnsSince: Date
  flappingSince: Date | null
  /** While it flaps: since when the problem has been gone. */
  absentSince: Date | null
}

export const unturned = (now: Date): Turning => ({
  turns: 1,
  turnsSince: now,
  flappingSince: null,
  absentSince: null,
})

/** Counts one turn: it came, it went, or it became worse. From the fifth within an hour on it is flapping. */
export function turn(before: Turning, now: Date, isGone: boolean): Turning {
  const absentSince = isGone ? now : null
  if (before.flappingSince) return { ...before, turns: before.turns + 1, turnsSince: now, absentSince }
  const isFresh = now.getTime() - before.turnsSince.getTime() > turnsWindowMs
  const turns = isFresh ? 1 : before.turns + 1
  if (turns < flappingTurns) {
    return { turns, turnsSince: isFresh ? now : before.turnsSince, flappingSince: null, absentSince: null }
  }
  return { turns, turnsSince: now, flappingSince: now, absentSince }
}

/** Whether a flapping alert has not turned for long enough. */
export const isCalm = ({ turnsSince }: Turning, now: Date): boolean =>
  now.getTime() - turnsSince.getTime() >= calmMs

/** After the calm it takes two more turns within the hour to flap again. */
export const calmed = (now: Date): Turning => ({
  turns: flappingTurns - 2,
  turnsSince: now,
  flappingSince: null,
  absentSince: null,
})
