export interface FoldedBar {
  at: number
  total: number
  /** The largest table first, in the order of `tables`. */
  parts: { table: string; value: number }[]
}

const hourMs = 3_600_000

/**
 * Hours counted on the server as the bars of a chart: bars begin at round times of this machine's zone, without
 * gaps. Tables beyond the largest become one. Pure but for the zone.
 */
export function foldHours(
  hours: readonly { at: string; table: string; events: number; rows: number }[],
  {
    now,
    days,
    measure,
    mostTables,
  }: { now: number; days: number; measure: 'events' | 'rows'; mostTables: number },
): { bars: FoldedBar[]; tables: string[]; total: number } {
  const sums = new Map<string, number>()
  for (const hour of hours) sums.set(hour.table, (sums.get(hour.table) ?? 0) + hour[measure])
  const ranked = [...sums]
    .filter(([, sum]) => sum > 0)
    .sort((first, second) => second[1] - first[1])
    .map(([table]) => table)
  const named = ranked.length > mostTables ? ranked.slice(0, mostTables - 1) : ranked
  const tables = named.length < ranked.length ? [...named, 'other tables'] : named
  const bars = emptyBars(now, days)
  const placed = new Map(bars.map((bar) => [bar.at, bar]))
  for (const hour of hours) {
    const bar = placed.get(beginningOf(Date.parse(hour.at), days))
    if (!bar || hour[measure] === 0) continue
    const table = named.includes(hour.table) ? hour.table : 'other tables'
    const part = bar.parts.find((one) => one.table === table)
    if (part) part.value += hour[measure]
    else bar.parts.push({ table, value: hour[measure] })
    bar.total += hour[measure]
  }
  for (const bar of bars) bar.parts.sort((a, b) => tables.indexOf(a.table) - tables.indexOf(b.table))
  return { bars, tables, total: bars.reduce((sum, bar) => sum + bar.total, 0) }
}

/** How long one bar is: an hour within two days, a quarter of a day within ten, else a day. */
export const barHours = (days: number): 1 | 6 | 24 => (days <= 2 ? 1 : days <= 10 ? 6 : 24)

function beginningOf(at: number, days: number): number {
  const date = new Date(at)
  const step = barHours(days)
  date.setHours(Math.floor(date.getHours() / step) * step, 0, 0, 0)
  return date.getTime()
}

/** By the calendar: a day of a clock change has 23 or 25 hours. */
function emptyBars(now: number, days: number): FoldedBar[] {
  const step = barHours(days)
  const beginnings = new Set<number>()
  for (let index = (days * 24) / step - 1; index >= 0; index--) {
    const date = new Date(beginningOf(now, days))
    if (step === 1) beginnings.add(date.getTime() - index * hourMs)
    else {
      date.setHours(date.getHours() - index * step)
      beginnings.add(beginningOf(date.getTime(), days))
    }
  }
  return [...beginnings].map((at) => ({ at, total: 0, parts: [] }))
}
