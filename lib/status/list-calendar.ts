import { gt, isNotNull, or } from 'drizzle-orm'
import { maintenanceWindows } from '#drizzle/schema/on-call.ts'
import { windowOccurrences } from '#lib/alerts/windows/window-rule.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listOverrides, listPeople, listRotations } from '#lib/on-call/queries.ts'
import { shiftsBetween } from '#lib/on-call/shift.ts'
import type { CalendarEntry } from '#lib/status/write-calendar.ts'

const dayMs = 86_400_000
export const calendarDays = 90

/**
 * On-call shifts and maintenance windows from yesterday until 90 days from now; of one person their shifts, and every
 * window. A window that was cancelled stays, as cancelled, so that calendars take it away.
 */
export async function listCalendar(
  db: DbOrTx,
  { userId, now }: { userId: string | null; now: Date },
): Promise<CalendarEntry[]> {
  const from = new Date(now.getTime() - dayMs)
  const until = new Date(now.getTime() + calendarDays * dayMs)
  const [rotations, people, windows] = await Promise.all([
    listRotations(db),
    listPeople(db),
    db
      .select()
      .from(maintenanceWindows)
      .where(or(isNotNull(maintenanceWindows.repeats), gt(maintenanceWindows.endsAt, from))),
  ])
  const overrides = await listOverrides(
    db,
    rotations.map(({ id }) => id),
    from,
  )
  const names = new Map(people.map(({ id, name }) => [id, name]))
  const shifts = rotations.flatMap((rotation) => {
    const own = overrides.filter(({ rotationId }) => rotationId === rotation.id)
    return shiftsBetween(rotation, own, new Set(names.keys()), from, until)
      .filter((shift) => shift.userId !== null && (userId === null || shift.userId === userId))
      .map(
        (shift): CalendarEntry => ({
          // A shift that is cut to the stretch keeps its own end, which names it.
          key: `shift-${rotation.id}-${shift.endsAt.toISOString()}`,
          title: `On call: ${names.get(shift.userId!)} (${rotation.name})`,
          startsAt: shift.startsAt,
          endsAt: shift.endsAt,
          about: shift.overrideId ? 'Stands in for whoever’s turn it is.' : 'By turn.',
          isCancelled: false,
        }),
      )
  })
  const maintenance = windows.flatMap((window) =>
    windowOccurrences({ ...window, cancelledAt: null }, from, until)
      // What was over before it was cancelled took place.
      .map(
        (times): CalendarEntry => ({
          key: `window-${window.id}-${times.startsAt.toISOString()}`,
          title: `Maintenance: ${window.title}`,
          ...times,
          about: 'Checks go on, nobody is paged.',
          isCancelled: window.cancelledAt !== null && window.cancelledAt < times.endsAt,
        }),
      ),
  )
  return [...shifts, ...maintenance].toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime())
}
