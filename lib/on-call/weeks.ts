import { addDays, dayIn, startOfDay } from '#lib/format/zoned-day.ts'
import { type OverrideRule, type RotationRule, type Shift, shiftAt, shiftsBetween } from './shift.ts'

export interface WeekShift extends Shift {
  /** From its real beginning to its real end, also where the week cuts it. */
  whole: { startsAt: Date; endsAt: Date }
  /** Where it stands in the week's strip. */
  leftPercent: number
  widthPercent: number
}

export interface Week {
  /** The days' dates in the rotation's zone, `2026-03-29`. */
  days: string[]
  shifts: WeekShift[]
}

/** The next weeks of a rotation, day by day in its own zone, beginning with the day of this moment. Pure. */
export function weeksOf(
  rotation: RotationRule,
  overrides: readonly OverrideRule[],
  available: ReadonlySet<string>,
  at: Date,
  count: number,
): Week[] {
  const { timeZone } = rotation
  const today = dayIn(at, timeZone)
  const wholeOf = (inside: Date) => {
    const { startsAt, endsAt } = shiftAt(rotation, overrides, available, inside)
    return { startsAt, endsAt }
  }
  return Array.from({ length: count }, (_, week) => {
    const days = Array.from({ length: 7 }, (_day, index) => addDays(today, week * 7 + index))
    const from = startOfDay(days[0]!, timeZone)
    const until = startOfDay(addDays(days[6]!, 1), timeZone)
    const lengthMs = until.getTime() - from.getTime()
    const percent = (ms: number) => Math.round((ms / lengthMs) * 10_000) / 100
    return {
      days,
      shifts: shiftsBetween(rotation, overrides, available, from, until).map((shift) => ({
        ...shift,
        whole: wholeOf(shift.startsAt),
        leftPercent: percent(shift.startsAt.getTime() - from.getTime()),
        widthPercent: percent(shift.endsAt.getTime() - shift.startsAt.getTime()),
      })),
    }
  })
}
