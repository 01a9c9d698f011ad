import { formatCount } from '#lib/format/format-count.ts'

/** `25`, `25 or 1 %`, `1 %`, `no limit`. */
export function limitText(rows: number | undefined, percent: number | undefined): string {
  const parts = [
    ...(rows === undefined ? [] : [formatCount(rows)]),
    ...(percent === undefined ? [] : [`${percent} %`]),
  ]
  return parts.length === 0 ? 'no limit' : parts.join(' or ')
}

/** `60 min`, `2 h`, `7 days`. */
export function windowText(minutes: number): string {
  if (minutes % 1_440 === 0) return minutes === 1_440 ? '1 day' : `${minutes / 1_440} days`
  return minutes % 60 === 0 && minutes > 60 ? `${minutes / 60} h` : `${minutes} min`
}
