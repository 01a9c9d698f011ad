import type { BackupDay } from '#lib/overview/types.ts'

interface CalendarBackup {
  kind: 'snapshot' | 'archive'
  status: string
  createdAt: Date
}

/** `2026-03-04` of an instant in a time zone. */
export function dayOf(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at)
  const part = (type: string) => parts.find((each) => each.type === type)?.value
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** The last days, oldest first, each with what was taken on it. A day without anything is in it too. */
export function backupCalendar(
  backups: readonly CalendarBackup[],
  { now, days, timeZone, since }: { now: Date; days: number; timeZone: string; since: Date },
): BackupDay[] {
  const today = Date.parse(`${dayOf(now, timeZone)}T12:00:00Z`)
  const firstDay = dayOf(since, timeZone)
  const calendar = new Map<string, BackupDay>()
  for (let back = days - 1; back >= 0; back--) {
    const day = new Date(today - back * 86_400_000).toISOString().slice(0, 10)
    calendar.set(day, { day, underProtection: day >= firstDay, archives: 0, snapshots: 0, failed: 0 })
  }
  for (const { kind, status, createdAt } of backups) {
    const entry = calendar.get(dayOf(createdAt, timeZone))
    if (!entry) continue
    // An expired backup was good; it covered its day.
    if (status === 'good' || status === 'expired') entry[kind === 'archive' ? 'archives' : 'snapshots']++
    else if (status === 'failed' || status === 'suspicious') entry.failed++
  }
  return [...calendar.values()]
}
