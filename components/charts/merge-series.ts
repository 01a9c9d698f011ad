export interface SeriesPoint {
  at: string
  /** Null: it was not measured then. The line has a gap there. */
  value: number | null
}

export interface Series {
  key: string
  label: string
  points: readonly SeriesPoint[]
}

/** One row per moment of any series, with `t` as milliseconds. */
export type ChartRow = { t: number } & Record<string, number | null>

/**
 * Puts series with different moments on one axis. Between two measured points a series gets the straight line's value,
 * so that another series' moments make no holes in it; a real gap (null) stays one.
 */
export function mergeSeries(series: readonly Series[]): ChartRow[] {
  const sorted = series.map(({ key, points }) => ({
    key,
    points: points
      .map(({ at, value }) => ({ t: Date.parse(at), value }))
      .sort((first, second) => first.t - second.t),
  }))
  const moments = [...new Set(sorted.flatMap(({ points }) => points.map(({ t }) => t)))].sort((a, b) => a - b)
  const positions = sorted.map(() => 0)
  return moments.map((t) => {
    const row: ChartRow = { t }
    sorted.forEach(({ key, points }, index) => {
      let position = positions[index]!
      while (position < points.length && points[position]!.t < t) position++
      positions[index] = position
      row[key] = valueAt(points, position, t)
    })
    return row
  })
}

function valueAt(
  points: readonly { t: number; value: number | null }[],
  position: number,
  t: number,
): number | null {
  const next = points[position]
  if (next?.t === t) return next.value
  const previous = points[position - 1]
  if (!next || !previous || next.value === null || previous.value === null) return null
  return previous.value + ((next.value - previous.value) * (t - previous.t)) / (next.t - previous.t)
}
