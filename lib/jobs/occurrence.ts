import { CronExpressionParser } from 'cron-parser'

const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

/** 29 February comes after eight years at the latest (1896 and 1904, 2096 and 2104). */
const furthestDays = 3000

interface Cron {
  minutes: readonly number[]
  hours: readonly number[]
  /** Every hour: such a schedule goes by time that passes, not by the clock on the wall. */
  everyHour: boolean
  isDay(day: Date): boolean
}

const numbers = (values: readonly (number | string)[]): readonly number[] => {
  if (values.every((value) => typeof value === 'number')) return values as number[]
  throw new Error('only numbers, names, lists, ranges and steps are read')
}

/** Reads a cron expression of five fields. Throws when it cannot be read or means no day at all. */
function readCron(text: string): Cron {
  if (!/^[\w*/,-]+( +[\w*/,-]+){4}$/.test(text.trim())) throw new Error('not five fields')
  const { minute, hour, dayOfMonth, month, dayOfWeek } = CronExpressionParser.parse(text).fields
  const [days, months] = [numbers(dayOfMonth.values), numbers(month.values)]
  const weekdays = numbers(dayOfWeek.values).map((day) => day % 7)
  const isEither = !dayOfMonth.isWildcard && !dayOfWeek.isWildcard
  return {
    minutes: numbers(minute.values),
    hours: numbers(hour.values),
    everyHour: hour.values.length === 24,
    isDay(day) {
      if (!months.includes(day.getUTCMonth() + 1)) return false
      const [byDate, byWeekday] = [days.includes(day.getUTCDate()), weekdays.includes(day.getUTCDay())]
      return isEither ? byDate || byWeekday : byDate && byWeekday
    },
  }
}

/** Whether this is a schedule that can be kept. */
export function isCron(text: string): boolean {
  try {
    readCron(text)
    return true
  } catch {
    return false
  }
}

const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const digits = '2-digit' as const
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: digits,
    day: digits,
    hour: digits,
    minute: digits,
  })
  formats.set(timeZone, format)
  return format
}

/** What a clock on the wall there shows, as if it were UTC. To the minute. */
export function wallClock(timeZone: string, at: number): number {
  const part: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(at)) part[type] = Number(value)
  return Date.UTC(part.year!, part.month! - 1, part.day!, part.hour!, part.minute!)
}

/** The zone's distances from UTC around a wall-clock day. Zones have jumped over a whole day, so a day and a half on each side. */
function offsetsAround(timeZone: string, day: number): number[] {
  const found = new Set<number>()
  for (let at = day - 36 * hourMs; at <= day + 60 * hourMs; at += 12 * hourMs) {
    found.add(wallClock(timeZone, at) - at)
  }
  return [...found].sort((a, b) => b - a)
}

/** The first instant after the gap that this wall-clock time lies in. */
function endOfGap(timeZone: string, wall: number, offsets: readonly number[]): number {
  let [before, after] = [wall - offsets[0]!, wall - offsets.at(-1)!]
  while (after - before > minuteMs) {
    const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs
    if (wallClock(timeZone, middle) > wall) after = middle
    else before = middle
  }
  return after
}

function* instantsOfDay(cron: Cron, timeZone: string, day: number): Generator<number> {
  const offsets = offsetsAround(timeZone, day)
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const wall = day + hour * hourMs + minute * minuteMs
      if (offsets.length === 1) {
        yield wall - offsets[0]!
        continue
      }
      const instants = offsets.map((offset) => wall - offset).filter((at) => wallClock(timeZone, at) === wall)
      if (cron.everyHour) yield* instants
      else yield instants[0] ?? endOfGap(timeZone, wall, offsets)
    }
  }
}

/**
 * The instant at which a clock on the wall there shows this: the first of two, and right after the gap for a time that the
 * clocks skip.
 */
export function instantOfWall(timeZone: string, wall: number): number {
  const offsets = offsetsAround(timeZone, Math.floor(wall / dayMs) * dayMs)
  const instants = offsets.map((offset) => wall - offset).filter((at) => wallClock(timeZone, at) === wall)
  return instants[0] ?? endOfGap(timeZone, wall, offsets)
}

const dayOf = (timeZone: string, at: number): number => Math.floor(wallClock(timeZone, at) / dayMs) * dayMs

/**
 * Every instant after `since` and up to `until` that a cron expression of five fields means in its time zone, oldest first.
 * A time that the clocks skip is meant once, right after the gap; one that they repeat is meant once, the first time. A
 * schedule of every hour goes by time that passes: it fires in the repeated hour too, and nothing is made up for the skipped one.
 */
export function occurrencesBetween(text: string, timeZone: string, since: Date, until: Date): Date[] {
  const cron = readCron(text)
  const found = new Set<number>()
  // What a gap of a whole day pushes on belongs to the day before.
  const last = dayOf(timeZone, until.getTime()) + dayMs
  for (let day = dayOf(timeZone, since.getTime()) - 2 * dayMs; day <= last; day += dayMs) {
    if (!cron.isDay(new Date(day))) continue
    for (const at of instantsOfDay(cron, timeZone, day)) {
      if (at > since.getTime() && at <= until.getTime()) found.add(at)
    }
  }
  return [...found].sort((a, b) => a - b).map((at) => new Date(at))
}

/** The first `count` instants after `now` that the expression means, oldest first. */
export function nextOccurrences(text: string, timeZone: string, now: Date, count: number): Date[] {
  for (let days = 1; ; days *= 4) {
    const until = new Date(now.getTime() + Math.min(days, furthestDays * count) * dayMs)
    const found = occurrencesBetween(text, timeZone, now, until)
    if (found.length >= count || days >= furthestDays * count) return found.slice(0, count)
  }
}

/** The first instant after `now` that the expression means. */
export const nextOccurrence = (text: string, timeZone: string, now: Date): Date =>
  nextOccurrences(text, timeZone, now, 1)[0]!
