'use client'

import { useMemo } from 'react'
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { formatAxisValue, formatChartValue, seriesColours } from '#components/charts/chart-format.ts'
import { mergeSeries } from '#components/charts/merge-series.ts'
import type { TimeSeriesProps } from '#components/charts/time-series-chart.tsx'
import { timeTicks, timeTickText } from '#components/charts/time-ticks.ts'
import { formatLocal } from '#lib/format/format-time.ts'

const tick = { fill: 'var(--ink-faint)', fontSize: 11 }

/** The picture itself, loaded after the page. Nothing moves in it: a chart that turns live must not dance. */
export function TimeSeriesPlot({
  series,
  format = 'plain',
  unit,
  band,
  limit,
  marks = [],
  fromZero = true,
}: TimeSeriesProps) {
  const rows = useMemo(() => mergeSeries(series), [series])
  const from = rows[0]!.t
  const to = rows.at(-1)!.t
  const few = rows.length < 40
  const highest = Math.max(...series.flatMap(({ points }) => points.map(({ value }) => value ?? 0)))
  // A limit far above everything measured would flatten the line to nothing; it is told in words instead.
  const limitInSight = limit !== undefined && limit.value <= 4 * highest
  return (
    <ResponsiveContainer width="100%" height="100%">
      <LineChart data={rows} margin={{ top: 6, right: 10, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="t"
          type="number"
          scale="time"
          domain={[from, to]}
          ticks={timeTicks(from, to, 6)}
          tickFormatter={(t: number) => timeTickText(t, to - from)}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          minTickGap={24}
        />
        <YAxis
          width={unit ? 64 : 54}
          domain={[fromZero ? 0 : 'auto', 'auto']}
          tickFormatter={(value: number) => formatAxisValue(value, format)}
          tick={tick}
          tickLine={false}
          axisLine={false}
          tickCount={5}
          {...(unit
            ? {
                label: {
                  value: unit,
                  angle: -90,
                  position: 'insideLeft',
                  offset: 10,
                  style: { fill: 'var(--ink-faint)', fontSize: 11, textAnchor: 'middle' },
                },
              }
            : {})}
        />
        {band ? (
          <ReferenceArea
            y1={band.low}
            y2={band.high}
            fill="var(--good)"
            fillOpacity={0.12}
            ifOverflow="extendDomain"
            label={{ value: band.label, position: 'insideTopRight', fill: 'var(--ink-faint)', fontSize: 10 }}
          />
        ) : null}
        {limit && !limitInSight ? (
          <ReferenceLine
            y={0}
            stroke="none"
            label={{
              value: `↑ ${limit.label}: ${formatChartValue(limit.value, format)}${unit ? ` ${unit}` : ''}`,
              position: 'insideBottomRight',
              fill: 'var(--ink-faint)',
              fontSize: 10,
            }}
          />
        ) : null}
        {limit && limitInSight ? (
          <ReferenceLine
            y={limit.value}
            stroke="var(--warn)"
            strokeDasharray="4 3"
            ifOverflow="extendDomain"
            label={{ value: limit.label, position: 'insideTopRight', fill: 'var(--warn)', fontSize: 10 }}
          />
        ) : null}
        {marks.map((mark) => (
          <ReferenceLine
            key={`${mark.at}-${mark.label}`}
            x={Date.parse(mark.at)}
            stroke="var(--bad)"
            strokeDasharray="2 3"
            label={{ value: mark.label, position: 'insideTopLeft', fill: 'var(--ink-soft)', fontSize: 10 }}
          />
        ))}
        <Tooltip
          isAnimationActive={false}
          cursor={{ stroke: 'var(--line-strong)' }}
          contentStyle={{
            background: 'var(--raised)',
            border: '1px solid var(--line-strong)',
            borderRadius: 6,
            fontSize: 12,
            padding: '6px 10px',
          }}
          labelStyle={{ color: 'var(--ink-faint)' }}
          labelFormatter={(t) => formatLocal(Number(t))}
          formatter={(value, name) => [
            `${formatChartValue(Number(value), format)}${unit ? ` ${unit}` : ''}`,
            name,
          ]}
        />
        {series.map(({ key, label }, index) => {
          const colour = seriesColours[index % seriesColours.length]
          return (
            <Line
              key={key}
              dataKey={key}
              name={label}
              type="linear"
              stroke={colour}
              strokeWidth={1.75}
              dot={few ? { r: 2, fill: colour, strokeWidth: 0 } : false}
              activeDot={{ r: 3.5, strokeWidth: 0 }}
              connectNulls={false}
              isAnimationActive={false}
            />
          )
        })}
      </LineChart>
    </ResponsiveContainer>
  )
}
