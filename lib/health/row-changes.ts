import type { HealthSeverity, HourBand, RowHistory } from '#lib/health/types.ts'

/** One number of rows against an earlier one. */
export interface RowChange {
  before: number
  percent: number
  /** What the earlier number was. */
  since: string
}

/** Estimates move by themselves when a table is analysed; so much more may be their own doing. */
export const estimateSlackPercent = 5

const enoughDays = 5
const enoughWeeks = 3

/** Below this share of its highest, the lowest of an hour says that the table grew, not that the hour is quiet. */
const steadyShare = 0.6

/** Below so many rows more, growth is a table's ordinary day. */
const leastGrowth = 100

/**
 * The band of a quiet hour: one at which the table was always well below its peak, on every day or every week known.
 * Then the peak of the afternoon says nothing about the night. A table that grows has no such hour: its last days were
 * near its peak. Null where rows are to be held against the peak.
 */
function findQuietHour(history: RowHistory, dropPercent: number): [HourBand, string] | null {
  const peak = Math.max(history.highestOfDay ?? 0, history.highestOfWeek ?? 0)
  const isQuiet = (band: HourBand | null | undefined, enough: number): band is HourBand =>
    !!band &&
    band.hours >= enough &&
    band.highest * (1 + dropPercent / 100) < peak &&
    band.lowest >= band.highest * steadyShare
  if (isQuiet(history.sameHourOfDay, enoughDays))
    return [history.sameHourOfDay, `this hour on the last ${history.sameHourOfDay.hours} days`]
  if (isQuiet(history.sameHourOfWeek, enoughWeeks))
    return [
      history.sameHourOfWeek,
      `this hour of the week in the last ${history.sameHourOfWeek.hours} weeks known`,
    ]
  return null
}

type Window = [before: number | null, allowed: number, since: string]

/** Longer windows allow more, because slow change is normal there, but not without end: 4.9 % a day would leave a fifth after a month. */
function windowsOf(history: RowHistory, dropPercent: number, slack: number): Window[] {
  const quiet = findQuietHour(history, dropPercent)
  if (quiet) {
    const [band, words] = quiet
    return [
      [band.lowest, dropPercent + slack, `the lowest count of ${words}`],
      [band.highest, dropPercent * 6 + slack, `the highest count of ${words}`],
    ]
  }
  return [
    [history.highestOfDay, dropPercent + slack, 'the highest count of the last day'],
    [history.highestOfWeek, dropPercent * 2 + slack, 'the highest count of the last week'],
    [history.highestOfMonth, dropPercent * 3 + slack, 'the highest count of the last month'],
    [
      history.provenRows,
      dropPercent * 2 + slack,
      `the backup of ${history.provenAt?.slice(0, 16).replace('T', ' ')} UTC`,
    ],
  ]
}

/** The worst fall beyond what is allowed, against every window that is remembered. Pure. */
export function findFall(
  rows: number,
  dropPercent: number,
  history: RowHistory,
  slack: number,
): RowChange | null {
  const falls = windowsOf(history, dropPercent, slack).flatMap(([before, allowed, since]) => {
    if (before === null || before <= rows) return []
    const percent = ((before - rows) / before) * 100
    return percent > allowed ? [{ before, percent, since }] : []
  })
  return falls.sort((a, b) => b.percent - a.percent)[0] ?? null
}

/**
 * Growth far beyond what this hour ever had, or beyond the backup where no hours are known. The day itself is not part of
 * the band, so the finding stays until the next day. Pure.
 */
export function findGrowth(rows: number, growthPercent: number, history: RowHistory): RowChange | null {
  const bands = [history.sameHourOfDay, history.sameHourOfWeek].filter((band) => !!band)
  const known = Math.max(0, ...bands.map(({ hours }) => hours))
  const [before, since] =
    known >= enoughWeeks
      ? [Math.max(...bands.map(({ highest }) => highest)), 'ever counted at this hour']
      : [history.provenRows, `in the backup of ${history.provenAt?.slice(0, 16).replace('T', ' ')} UTC`]
  if (before === null || before <= 0 || rows - before < leastGrowth) return null
  const percent = ((rows - before) / before) * 100
  return percent > growthPercent ? { before, percent, since } : null
}

export const severityOfFall = (percent: number, allowed: number): HealthSeverity =>
  percent >= 50 ? 'EMERGENCY' : percent > Math.max(allowed * 3, 10) ? 'CRITICAL' : 'WARNING'
