import { zonedParts } from '#lib/format/zoned-parts.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How far from now, coarsely, as people say it: `just now`, `6 min ago`, `in 3 h`, `12 days ago`. */
export function formatRelative(at: Date | string | number, now: number): string {
  const difference = now - new Date(at).getTime()
  const distance = Math.abs(difference)
  // A page's clock stands still for some seconds; what happened meanwhile is not in the future.
  if (distance < 45_000) return difference > -20_000 ? 'just now' : 'in a moment'
  const text =
    distance < 59.5 * minute
      ? `${Math.max(1, Math.round(distance / minute))} min`
      : distance < 35.5 * hour
        ? `${Math.round(distance / hour)} h`
        : distance < 59.5 * day
          ? `${Math.round(distance / day)} days`
          : `${Math.round(distance / (30.44 * day))} months`
  return difference >= 0 ? `${text} ago` : `in ${text}`
}

/** `2026-03-04 14:02:09 UTC`, the same on every machine. */
export function formatUtc(at: Date | string | number): string {
  const date = new Date(at)
  return `${date.toISOString().slice(0, 10)} ${date.toISOString().slice(11, 19)} UTC`
}

/** The zone of this machine: in a browser, the viewer's. */
export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** `2026-03-04 14:02` in a zone; of this machine unless another one is given. */
export function formatLocal(
  at: Date | string | number,
  { timeZone = localZone(), seconds = false }: { timeZone?: string; seconds?: boolean } = {},
): string {
  const { year, month, day, hour, minute, second } = zonedParts(at, timeZone)
  return `${year}-${month}-${day} ${hour}:${minute}${seconds ? `:${second}` : ''}`
}
