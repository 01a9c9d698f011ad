const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const steps = [
  minute,
  5 * minute,
  15 * minute,
  30 * minute,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  90 * day,
]

/** Moments to label between two, at round times of this machine's zone; about `wanted` of them. */
export function timeTicks(from: number, to: number, wanted: number): number[] {
  if (to <= from) return [from]
  const step = steps.find((each) => (to - from) / each <= wanted) ?? steps.at(-1)!
  const start = new Date(from)
  start.setHours(0, 0, 0, 0)
  const ticks: number[] = []
  // Days are added by the calendar: a day of a clock change has 23 or 25 hours.
  for (let index = 0; index < 2_000; index++) {
    const at = step >= day ? new Date(start) : new Date(start.getTime() + index * step)
    if (step >= day) at.setDate(at.getDate() + index * (step / day))
    if (at.getTime() > to) break
    if (at.getTime() >= from) ticks.push(at.getTime())
  }
  return ticks.length > 0 ? ticks : [from, to]
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `14:05` within a day or so, `4 Mar` beyond. */
export function timeTickText(at: number, spanMs: number): string {
  const date = new Date(at)
  return spanMs <= 36 * hour
    ? `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
    : `${date.getDate()} ${months[date.getMonth()]}`
}
