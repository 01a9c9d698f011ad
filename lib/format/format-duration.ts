/** How long, in the two largest units that matter: `820 ms`, `4.2 s`, `9 min`, `4 h 12 m`, `3 d 4 h`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '—'
  const absolute = Math.max(0, ms)
  if (absolute < 1) return `${absolute === 0 ? 0 : absolute.toFixed(2)} ms`
  if (absolute < 1000) return `${absolute < 10 ? trim(absolute) : Math.round(absolute)} ms`
  const seconds = absolute / 1000
  if (seconds < 9.95) return `${trim(seconds)} s`
  const wholeSeconds = Math.round(seconds)
  if (wholeSeconds < 60) return `${wholeSeconds} s`
  if (wholeSeconds < 600) return pair(Math.floor(wholeSeconds / 60), 'm', wholeSeconds % 60, 's', 'min')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return pair(hours, 'h', minutes % 60, 'm')
  const wholeHours = Math.round(seconds / 3600)
  return pair(Math.floor(wholeHours / 24), 'd', wholeHours % 24, 'h')
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, '')

const pair = (
  large: number,
  largeUnit: string,
  small: number,
  smallUnit: string,
  alone = largeUnit,
): string => (small === 0 ? `${large} ${alone}` : `${large} ${largeUnit} ${small} ${smallUnit}`)

/** A running clock: `0:07`, `12:40`, `3:04:09`. */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
