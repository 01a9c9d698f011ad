import { zonedParts } from '#lib/format/zoned-parts.ts'

const dayMs = 86_400_000

/** The wall clock of a zone at an instant, written as if it were UTC. */
function wallClock(at: number, timeZone: string): number {
  const { year, month, day, hour, minute, second } = zonedParts(at, timeZone)
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second))
}

const textOf = (utcMs: number): string => new Date(utcMs).toISOString().slice(0, 10)

/** `2026-03-04` of an instant in a time zone. */
export const dayIn = (at: Date, timeZone: string): string => textOf(wallClock(at.getTime(), timeZone))

/** The first instant of a day in a time zone, also where a clock change skips midnight. */
export function startOfDay(day: string, timeZone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  // A day's length on either side reaches beyond any offset, so one of the two is the offset at its beginning.
  const candidates = [-1, 1]
    .map((side) => midnight + side * 1.1 * dayMs)
    .map((near) => midnight - (wallClock(near, timeZone) - Math.floor(near / 1000) * 1000))
    .sort((a, b) => a - b)
  return new Date(candidates.find((at) => textOf(wallClock(at, timeZone)) >= day) ?? candidates[0]!)
}

/** The day so many days later, by the calendar. */
export const addDays = (day: string, days: number): string =>
  textOf(Date.parse(`${day}T12:00:00Z`) + days * dayMs)

export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(`${text}T12:00:00Z`)) &&
  addDays(text, 0) === text
