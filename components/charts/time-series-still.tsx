'use client'

import { formatAxisValue, formatChartValue, seriesColours } from '#components/charts/chart-format.ts'
import { mergeSeries } from '#components/charts/merge-series.ts'
import { StillFrame } from '#components/charts/still-frame.tsx'
import type { TimeSeriesProps } from '#components/charts/time-series-chart.tsx'
import { timeTicks, timeTickText } from '#components/charts/time-ticks.ts'
import { valueTicks } from '#components/charts/value-ticks.ts'

/** The picture without a chart library: the same lines, which cannot be pointed at. */
export function TimeSeriesStill({
  series,
  format = 'plain',
  unit,
  band,
  limit,
  fromZero = true,
}: TimeSeriesProps) {
  const rows = mergeSeries(series)
  const [from, to] = [rows[0]!.t, rows.at(-1)!.t]
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ value }) => (value === null ? [] : [value])),
  )
  const highest = Math.max(...values)
  const limitInSight = limit !== undefined && limit.value <= 4 * highest
  const shown = [
    ...values,
    ...(fromZero ? [0] : []),
    ...(band ? [band.low, band.high] : []),
    ...(limitInSight ? [limit.value] : []),
  ]
  const ticks = valueTicks(Math.min(...shown), Math.max(...shown))
  const [low, high] = [ticks[0]!, ticks.at(-1)!]
  const x = (t: number): number => (to === from ? 50 : ((t - from) / (to - from)) * 100)
  const y = (value: number): number => 100 - ((value - low) / (high - low)) * 100
  return (
    <StillFrame>
      <svg
        aria-hidden
        viewBox="0 0 100 100"
        preserveAspectRatio="none"
        className="absolute inset-0 size-full overflow-visible"
        fill="none"
      >
        {ticks.map((tick) => (
          <Level key={tick} y={y(tick)} stroke="var(--line)" />
        ))}
        {band ? (
          <rect
            x={0}
            width={100}
            y={y(band.high)}
            height={Math.max(0, y(band.low) - y(band.high))}
            fill="var(--good)"
            fillOpacity={0.12}
          />
        ) : null}
        {limitInSight ? <Level y={y(limit.value)} stroke="var(--warn)" dashed /> : null}
        {series.map(({ key, points }, index) => (
          <path
            key={key}
            d={linesOf(
              points.map(({ at, value }) => ({
                x: x(Date.parse(at)),
                y: value === null ? null : y(value),
              })),
            )}
            stroke={seriesColours[index % seriesColours.length]}
            strokeWidth={1.75}
            strokeLinecap="round"
            strokeLinejoin="round"
            vectorEffect="non-scaling-stroke"
          />
        ))}
      </svg>
      {ticks.map((tick) => (
        <span
          key={tick}
          className="absolute right-full -translate-y-1/2 pr-2 whitespace-nowrap"
          style={{ top: `${y(tick)}%` }}
        >
          {formatAxisValue(tick, format)}
          {unit && tick === high ? ` ${unit}` : ''}
        </span>
      ))}
      {timeTicks(from, to, 5).map((t) => (
        <span
          key={t}
          className="absolute top-full -translate-x-1/2 pt-2 whitespace-nowrap"
          style={{ left: `${x(t)}%` }}
        >
          {timeTickText(t, to - from)}
        </span>
      ))}
      {limit ? (
        <span className="absolute right-0 bottom-full translate-y-full pt-0.5 text-[10px] text-warn">
          {limitInSight ? '' : '↑ '}
          {limit.label}: {formatChartValue(limit.value, format)}
          {unit ? ` ${unit}` : ''}
        </span>
      ) : null}
    </StillFrame>
  )
}

function Level({ y, stroke, dashed = false }: { y: number; stroke: string; dashed?: boolean }) {
  return (
    <line
      x1={0}
      x2={100}
      y1={y}
      y2={y}
      stroke={stroke}
      strokeDasharray={dashed ? '4 3' : undefined}
      vectorEffect="non-scaling-stroke"
    />
  )
}

/** One path; a null is a gap, and a value between two gaps is a dot: a line without length has round ends. */
function linesOf(points: readonly { x: number; y: number | null }[]): string {
  let drawing = false
  return points
    .map(({ x, y }) => {
      if (y === null) {
        drawing = false
        return ''
      }
      const command = `${drawing ? 'L' : 'M'}${x.toFixed(2)} ${y.toFixed(2)}${drawing ? '' : 'h0'}`
      drawing = true
      return command
    })
    .join('')
}
