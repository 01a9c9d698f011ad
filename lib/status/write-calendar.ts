import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'

export interface CalendarEntry {
  /** The same for the same shift or window at every reading: calendars know it again by this. */
  key: string
  title: string
  startsAt: Date
  endsAt: Date
  about: string
  isCancelled: boolean
}

/** The entries as iCalendar text. Times are UTC instants, so that no clock change moves them. Pure but for the stamp. */
export function writeCalendar(name: string, entries: readonly CalendarEntry[], now: Date): string {
  const calendar = ical({
    name,
    prodId: { company: 'Holdfast', product: 'Holdfast', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: 15 * 60,
  })
  for (const { key, title, startsAt, endsAt, about, isCancelled } of entries) {
    calendar.createEvent({
      id: `${key}@holdfast`,
      start: startsAt,
      end: endsAt,
      stamp: now,
      summary: title,
      description: about,
      status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    })
  }
  return calendar.toString()
}
