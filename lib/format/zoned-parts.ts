const formats = new Map<string, Intl.DateTimeFormat | null>()

/** Making a format costs a hundred times as much as using one. Null for a zone that this machine does not know. */
function formatOf(timeZone: string): Intl.DateTimeFormat | null {
  const known = formats.get(timeZone)
  if (known !== undefined) return known
  const digits = '2-digit' as const
  let format: Intl.DateTimeFormat | null = null
  try {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      year: 'numeric',
      month: digits,
      day: digits,
      hour: digits,
      minute: digits,
      second: digits,
      hourCycle: 'h23',
      timeZoneName: 'longOffset',
    })
  } catch {}
  formats.set(timeZone, format)
  return format
}

export interface ZonedParts {
  year: string
  month: string
  day: string
  hour: string
  minute: string
  second: string
  /** `+02:00`. */
  offset: string
}

/** What clock and calendar of a zone show at an instant. Of an unknown zone: UTC's. */
export function zonedParts(at: Date | string | number, timeZone: string): ZonedParts {
  const format = formatOf(timeZone) ?? formatOf('UTC')!
  const parts = format.formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((each) => each.type === type)?.value ?? ''
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
    offset: part('timeZoneName').replace('GMT', '') || '+00:00',
  }
}
