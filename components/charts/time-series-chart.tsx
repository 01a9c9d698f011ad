'use client'

import dynamic from 'next/dynamic'
import { type ChartFormat, formatChartValue, seriesColours } from '#components/charts/chart-format.ts'
import type { Series } from '#components/charts/merge-series.ts'
import { useEnlivened } from '#components/charts/use-enlivened.ts'
import { classNames } from '#components/ui/class-names.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'

export interface TimeSeriesProps {
  /** What is measured, for people who do not see the picture. */
  label: string
  series: readonly Series[]
  format?: ChartFormat
  /** The unit as words at the axis, where the numbers do not say it: `rows`, `sessions`. */
  unit?: string
  /** What is normal: drawn as a band behind the line. */
  band?: { low: number; high: number; label: string }
  /** A limit: drawn as a dashed line. */
  limit?: { value: number; label: string }
  /** Things that happened: upright lines. */
  marks?: readonly { at: string; label: string }[]
  /** Starts the axis at zero; off where only the change matters. */
  fromZero?: boolean
  height?: number
  className?: string
}

// Times at the axis are the viewer's, which the server does not know.
const Still = dynamic(() => import('./time-series-still.tsx').then((module) => module.TimeSeriesStill), {
  ssr: false,
  loading: () => <Skeleton className="h-full w-full" />,
})

const loadPlot = () => import('./time-series-plot.tsx').then((module) => module.TimeSeriesPlot)

/** Numbers over time. Without any number it says so instead of drawing an empty frame. */
export function TimeSeriesChart(props: TimeSeriesProps) {
  const { label, series, format = 'plain', height = 200, className } = props
  const [Live, enliven] = useEnlivened(loadPlot)
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ value }) => (value === null ? [] : [value])),
  )
  if (values.length === 0) {
    return (
      <div
        style={{ height }}
        className={classNames(
          'grid place-items-center rounded-md border border-dashed border-line-strong text-sm text-ink-faint',
          className,
        )}
      >
        No data yet for {label}
      </div>
    )
  }
  const summary = series
    .map(({ label: name, points }) => {
      const last = points.findLast(({ value }) => value !== null)
      return `${name}: last ${formatChartValue(last?.value, format)}`
    })
    .join('; ')
  const range = `between ${formatChartValue(Math.min(...values), format)} and ${formatChartValue(Math.max(...values), format)}`
  return (
    <figure className={classNames('min-w-0', className)}>
      {series.length > 1 ? (
        <div aria-hidden className="mb-1 flex flex-wrap gap-x-4 gap-y-0.5 text-xs text-ink-soft">
          {series.map(({ key, label: name }, index) => (
            <span key={key} className="inline-flex items-center gap-1.5">
              <span
                className="h-0.5 w-3.5 rounded"
                style={{ background: seriesColours[index % seriesColours.length] }}
              />
              {name}
            </span>
          ))}
        </div>
      ) : null}
      <div style={{ height }} aria-hidden onPointerEnter={enliven}>
        {Live ? <Live {...props} /> : <Still {...props} />}
      </div>
      <figcaption className="sr-only">{`${label}, ${range}. ${summary}.`}</figcaption>
    </figure>
  )
}
