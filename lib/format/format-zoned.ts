/** `2026-03-29 03:30:00 +02:00`: the wall clock of a zone with its offset, the same on every machine. An unknown zone is UTC. */
export function formatZoned(at: Date | string | number, timeZone: string): string {
  const date = new Date(at)
  const parts = partsIn(date, timeZone) ?? partsIn(date, 'UTC')!
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? ''
  const offset = part('timeZoneName').replace('GMT', '') || '+00:00'
  return `${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')}:${part('second')} ${offset}`
}

function partsIn(date: Date, timeZone: string): Intl.DateTimeFormatPart[] | null {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    }).formatToParts(date)
  } catch {
    return null
  }
}
