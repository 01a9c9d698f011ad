'use client'

import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import type { ShownProbe } from './performance-screen.tsx'
import { formatChangePercent, formatMs } from './probe-numbers.ts'

export function ProbePanel({ probe }: { probe: ShownProbe }) {
  const { baseline, history } = probe
  return (
    <Panel
      id={`probe-${probe.name}`}
      title={probe.name}
      about={
        <>
          {formatMs(probe.medianMs)}
          {probe.changePercent === null
            ? ''
            : `, ${formatChangePercent(probe.changePercent)} against the baseline`}
          {', measured '}
          <Time at={probe.measuredAt} />
        </>
      }
      actions={<StatusDot status={probe.verdict} />}
    >
      {probe.error ? <p className="mb-2 text-sm break-words text-warn">Not measured: {probe.error}</p> : null}
      <TimeSeriesChart
        label={`${probe.name}, milliseconds`}
        unit="ms"
        height={180}
        series={[
          {
            key: 'median',
            label: 'median',
            points: history.map(({ measuredAt, medianMs }) => ({ at: measuredAt, value: medianMs })),
          },
          {
            key: 'p95',
            label: 'p95',
            points: history.map(({ measuredAt, p95Ms }) => ({ at: measuredAt, value: p95Ms })),
          },
        ]}
        {...(baseline
          ? {
              band: {
                low: Math.max(0, baseline.medianMs - baseline.noiseMs),
                high: baseline.medianMs + baseline.noiseMs,
                label: 'normal',
              },
            }
          : {})}
        {...(probe.maximumMs === null ? {} : { limit: { value: probe.maximumMs, label: 'limit' } })}
      />
      <p className="mt-2 text-xs text-ink-faint">
        {baseline ? (
          <>
            Baseline {formatMs(baseline.medianMs)} ± {formatMs(baseline.noiseMs)}, learned{' '}
            <Time at={baseline.learnedAt} /> from {baseline.measurements} measurements by{' '}
            {formatActorName(baseline.learnedBy)}
          </>
        ) : (
          'No baseline yet: it is learned from five measurements.'
        )}
      </p>
      <details className="mt-2 text-sm">
        <summary className="cursor-pointer text-xs text-ink-soft">The statement</summary>
        <Code label="statement" className="mt-1">
          {probe.sql}
        </Code>
      </details>
    </Panel>
  )
}
