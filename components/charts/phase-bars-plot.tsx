'use client'

import { useMemo } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  Cell,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { seriesColours } from '#components/charts/chart-format.ts'
import { isInSight, type PhaseBarsProps, phaseNames } from '#components/charts/phase-bars-chart.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'

const tick = { fill: 'var(--ink-faint)', fontSize: 11 }

/** The picture itself, loaded after the page. */
export function PhaseBarsPlot({ runs, objective }: PhaseBarsProps) {
  const names = useMemo(() => phaseNames(runs), [runs])
  const rows = useMemo(
    () =>
      runs.map((run) => ({
        key: run.key,
        tick: run.tick,
        label: run.label,
        pale: run.pale,
        ...Object.fromEntries(
          names.map((name) => [
            `phase-${name}`,
            run.phases
              .filter((phase) => phase.name === name)
              .reduce((sum, phase) => sum + phase.durationMs, 0),
          ]),
        ),
      })),
    [runs, names],
  )
  return (
    <ResponsiveContainer width="100%" height="100%">
      <BarChart data={rows} margin={{ top: 14, right: 10, bottom: 0, left: 0 }} maxBarSize={36}>
        <CartesianGrid vertical={false} stroke="var(--line)" />
        <XAxis
          dataKey="key"
          tickFormatter={(key: string) => rows.find((row) => row.key === key)?.tick ?? ''}
          tick={tick}
          tickLine={false}
          axisLine={{ stroke: 'var(--line-strong)' }}
          minTickGap={16}
        />
        <YAxis
          width={54}
          domain={[0, 'auto']}
          tickFormatter={(value: number) => formatDuration(value)}
          tick={tick}
          tickLine={false}
          axisLine={false}
          tickCount={5}
        />
        {objective && isInSight(objective.ms, runs) ? (
          <ReferenceLine
            y={objective.ms}
            stroke="var(--warn)"
            strokeDasharray="4 3"
            ifOverflow="extendDomain"
            label={{
              value: `${objective.label} ${formatDuration(objective.ms)}`,
              position: 'insideTopRight',
              fill: 'var(--warn)',
              fontSize: 10,
            }}
          />
        ) : null}
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--sunken)' }}
          contentStyle={{
            background: 'var(--raised)',
            border: '1px solid var(--line-strong)',
            borderRadius: 6,
            fontSize: 12,
            padding: '6px 10px',
          }}
          labelStyle={{ color: 'var(--ink-faint)' }}
          labelFormatter={(key) => rows.find((row) => row.key === key)?.label ?? ''}
          formatter={(value, name) => [formatDuration(Number(value)), name]}
        />
        {names.map((name, index) => (
          <Bar
            key={name}
            dataKey={`phase-${name}`}
            name={name}
            stackId="phases"
            fill={seriesColours[index % seriesColours.length]!}
            isAnimationActive={false}
          >
            {rows.map((row) => (
              <Cell key={row.key} fillOpacity={row.pale ? 0.35 : 1} />
            ))}
          </Bar>
        ))}
      </BarChart>
    </ResponsiveContainer>
  )
}
