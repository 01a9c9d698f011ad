import { zonedParts } from '#lib/format/zoned-parts.ts'

/** `2026-03-29 03:30:00 +02:00`: the wall clock of a zone with its offset, the same on every machine. An unknown zone is UTC. */
export function formatZoned(at: Date | string | number, timeZone: string): string {
  const { year, month, day, hour, minute, second, offset } = zonedParts(at, timeZone)
  return `${year}-${month}-${day} ${hour}:${minute}:${second} ${offset}`
}
