import { CronExpressionParser } from 'cron-parser'

/** The latest instant at or before `now` that a cron expression of five fields means, in its time zone. */
export function latestOccurrence(cron: string, timeZone: string, now: Date): Date {
  // One millisecond later, because `prev` is strictly before.
  const currentDate = new Date(now.getTime() + 1)
  return CronExpressionParser.parse(cron, { tz: timeZone, currentDate }).prev().toDate()
}

/** The first instant after `now` that the expression means. */
export const nextOccurrence = (cron: string, timeZone: string, now: Date): Date =>
  CronExpressionParser.parse(cron, { tz: timeZone, currentDate: now }).next().toDate()

/** Every instant after `since` and up to `now` that the expression means, oldest first; at most `limit`, the latest. */
export function occurrencesBetween(
  cron: string,
  timeZone: string,
  since: Date,
  now: Date,
  limit = 2000,
): Date[] {
  const currentDate = new Date(now.getTime() + 1)
  const walk = CronExpressionParser.parse(cron, { tz: timeZone, currentDate })
  const found: Date[] = []
  while (found.length < limit) {
    const at = walk.prev().toDate()
    if (at <= since) break
    found.push(at)
  }
  return found.reverse()
}
