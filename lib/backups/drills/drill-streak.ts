import type { Verdict } from '#lib/backups/types.ts'
import { addDays, dayIn } from '#lib/format/zoned-day.ts'

/** Days in a row with a passed drill that a team should be able to show. */
export const streakGoalDays = 30

export type DrillDayState = 'passed' | 'failed' | 'inconclusive' | 'none'

export interface DrillDay {
  day: string
  state: DrillDayState
  label: string
}

export interface DrillStreak {
  currentDays: number
  longestDays: number
  goalDays: number
  /** The last days, oldest first. */
  days: DrillDay[]
}

interface FinishedDrill {
  finishedAt: Date
  verdict: Verdict
}

function describe(day: string, verdicts: readonly Verdict[]): DrillDay {
  const count = (verdict: Verdict) => verdicts.filter((one) => one === verdict).length
  const state: DrillDayState =
    count('failed') > 0
      ? 'failed'
      : count('passed') > 0
        ? 'passed'
        : count('inconclusive') > 0
          ? 'inconclusive'
          : 'none'
  const parts = (['passed', 'failed', 'inconclusive'] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`)
  return { day, state, label: parts.length > 0 ? parts.join(', ') : 'no drill' }
}

/**
 * How many days in a row, in the target's time zone, had a passed drill and no failed one. A day with a failed drill, or
 * with none at all, ends the row. A day whose drills were all inconclusive says nothing about the backup: it neither ends
 * the row nor counts. Today ends nothing before it is over, unless a drill has failed.
 */
export function drillStreak(
  drills: readonly FinishedDrill[],
  { now, timeZone, shownDays = streakGoalDays }: { now: Date; timeZone: string; shownDays?: number },
): DrillStreak {
  const byDay = new Map<string, Verdict[]>()
  for (const { finishedAt, verdict } of drills) {
    const day = dayIn(finishedAt, timeZone)
    byDay.set(day, [...(byDay.get(day) ?? []), verdict])
  }
  const today = dayIn(now, timeZone)
  const firstShown = addDays(today, 1 - shownDays)
  const first = [...byDay.keys(), firstShown].sort()[0]!
  const days: DrillDay[] = []
  let current = 0
  let longest = 0
  for (let day = first; day <= today; day = addDays(day, 1)) {
    const one = describe(day, byDay.get(day) ?? [])
    if (one.state === 'passed') current++
    else if (one.state === 'failed' || (one.state === 'none' && day < today)) current = 0
    longest = Math.max(longest, current)
    if (day >= firstShown) days.push(one)
  }
  return { currentDays: current, longestDays: longest, goalDays: streakGoalDays, days }
}
