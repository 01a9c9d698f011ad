import { addDays, dayIn } from '#lib/format/zoned-day.ts'
import { type Clocks, readClocks } from '#lib/incidents/clocks.ts'
import type { CountedIncident, MonthReport, Spread } from './types.ts'

/** The month of a moment: `2026-03`. */
export const monthIn = (at: Date, timeZone: string): string => dayIn(at, timeZone).slice(0, 7)

/** The newest so many months up to now, oldest first. */
export function listMonths(months: number, timeZone: string, now: Date): string[] {
  const list = [monthIn(now, timeZone)]
  while (list.length < months) list.push(addDays(`${list.at(-1)}-01`, -1).slice(0, 7))
  return list.reverse()
}

/**
 * How fast trouble was noticed, taken on, recovered from and resolved, month by month; months without any are there too. A
 * clock counts once it stopped. A pure rule.
 */
export function reportMonths(
  incidents: readonly CountedIncident[],
  months: number,
  timeZone: string,
  now: Date,
): MonthReport[] {
  const byMonth = Map.groupBy(incidents, ({ beganAt }) => monthIn(beganAt, timeZone))
  return listMonths(months, timeZone, now).map((month) => reportMonth(month, byMonth.get(month) ?? [], now))
}

function reportMonth(month: string, incidents: readonly CountedIncident[], now: Date): MonthReport {
  const clocks = incidents.map((incident) => readClocks(incident, now))
  const spread = (name: keyof Clocks) => spreadOf(clocks.flatMap((each) => each[name] ?? []))
  const sum = (name: 'rowsLost' | 'rowsRecovered') =>
    incidents.reduce((total, incident) => total + (incident[name] ?? 0), 0)
  return {
    month,
    incidents: incidents.length,
    open: incidents.filter(({ resolvedAt }) => resolvedAt === null).length,
    detect: spread('detectMs'),
    acknowledge: spread('acknowledgeMs'),
    recover: spread('recoverMs'),
    resolve: spread('resolveMs'),
    rowsLost: sum('rowsLost'),
    rowsRecovered: sum('rowsRecovered'),
    severities: countBy(incidents, ({ severity }) => severity),
    kinds: countBy(incidents, ({ kind }) => kind),
  }
}

/** The middle one, of an even number the mean of the two in the middle; and the longest. */
export function spreadOf(durations: readonly number[]): Spread {
  if (durations.length === 0) return { medianMs: null, worstMs: null }
  const ordered = durations.toSorted((a, b) => a - b)
  const middle = Math.floor(ordered.length / 2)
  const medianMs = ordered.length % 2 === 1 ? ordered[middle]! : (ordered[middle - 1]! + ordered[middle]!) / 2
  return { medianMs, worstMs: ordered.at(-1)! }
}

function countBy<Key extends string>(
  incidents: readonly CountedIncident[],
  keyOf: (incident: CountedIncident) => Key,
): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {}
  for (const incident of incidents) {
    const key = keyOf(incident)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}
