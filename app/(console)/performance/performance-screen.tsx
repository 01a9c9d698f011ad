'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Sparkline } from '#components/charts/sparkline.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf } from '#lib/format/format-count.ts'
import { learnBaselineAction, requestPerformanceAction } from './actions.ts'
import { formatChangePercent, formatMs } from './probe-numbers.ts'
import { ProbePanel } from './probe-panel.tsx'
import type { performanceRead } from './queries.ts'

type Data = Wire<ReadData<typeof performanceRead>>
export type ShownProbe = Data['probes'][number]

const isBad = (probe: ShownProbe): boolean => probe.verdict === 'regressed' || probe.verdict === 'critical'

export function PerformanceScreen({ loaded }: { loaded: Loaded<ReadData<typeof performanceRead>> }) {
  const { data } = useLoaded(loaded)
  const { probes, target } = data
  const bad = probes.filter(isBad).length
  const learning = probes.filter((probe) => probe.verdict === 'learning').length
  return (
    <>
      <PageHeader
        title="Performance"
        about={
          probes.length === 0
            ? 'Timed queries against what is normal for them.'
            : `${countOf(probes.length, 'probe')} of ${target.name}: ${bad === 0 ? 'none has regressed' : `${bad} regressed`}${learning > 0 ? `, ${learning} still learning what is normal` : ''}.`
        }
        actions={<Acts data={data} />}
      />
      {probes.length === 0 ? (
        <NoProbes name={target.name} />
      ) : (
        <>
          <Panel
            title="Probes"
            about="Median of nine runs, against the median of what is normal"
            flush
            className="mb-4"
          >
            <Table label="Probes" rows={probes} rowKey={(row) => row.name} columns={columns} />
          </Panel>
          <nav aria-label="Time shown" className="mb-2 flex gap-1 text-sm" data-no-print>
            {[1, 7, 30].map((days) => (
              <Link
                key={days}
                href={`/performance?target=${encodeURIComponent(target.name)}&days=${days}`}
                aria-current={days === data.days ? 'page' : undefined}
                className={classNames(
                  'rounded-md px-2 py-1',
                  days === data.days ? 'bg-accent-tint text-accent' : 'text-ink-soft hover:bg-sunken',
                )}
              >
                {days === 1 ? '24 hours' : `${days} days`}
              </Link>
            ))}
          </nav>
          <div className="grid gap-4 lg:grid-cols-2">
            {probes.map((probe) => (
              <ProbePanel key={probe.name} probe={probe} />
            ))}
          </div>
        </>
      )}
    </>
  )
}

const columns = [
  {
    key: 'name',
    head: 'Probe',
    lead: true,
    cell: (row: ShownProbe) => (
      <a href={`#probe-${row.name}`} className="text-accent hover:underline">
        {row.name}
      </a>
    ),
  },
  { key: 'category', head: 'Category', wide: true, cell: (row: ShownProbe) => row.category },
  { key: 'verdict', head: 'Verdict', cell: (row: ShownProbe) => <StatusDot status={row.verdict} /> },
  {
    key: 'median',
    head: 'Median',
    align: 'right' as const,
    cell: (row: ShownProbe) => formatMs(row.medianMs),
  },
  {
    key: 'p95',
    head: 'p95',
    align: 'right' as const,
    wide: true,
    cell: (row: ShownProbe) => formatMs(row.p95Ms),
  },
  {
    key: 'baseline',
    head: 'Baseline',
    align: 'right' as const,
    cell: (row: ShownProbe) => formatMs(row.baselineMs),
  },
  {
    key: 'change',
    head: 'Change',
    align: 'right' as const,
    cell: (row: ShownProbe) => (
      <span className={isBad(row) ? 'font-medium text-bad' : undefined}>
        {formatChangePercent(row.changePercent)}
      </span>
    ),
  },
  {
    key: 'trend',
    head: 'Trend',
    align: 'right' as const,
    wide: true,
    cell: (row: ShownProbe) => (
      <Sparkline
        values={row.history.slice(-60).map((point) => point.medianMs)}
        label={`Median of ${row.name} over time`}
        tone={isBad(row) ? 'bad' : 'accent'}
      />
    ),
  },
  {
    key: 'at',
    head: 'Measured',
    align: 'right' as const,
    cell: (row: ShownProbe) => <Time at={row.measuredAt} />,
  },
]

function Acts({ data: { role, target, measuring, probes } }: { data: Data }) {
  const measure = useAction(requestPerformanceAction, { quiet: true, done: 'The measurement is under way' })
  const learn = useAction(learnBaselineAction, {
    quiet: true,
    done: 'The newest measurements are the baseline now',
  })
  if (probes.length === 0 || !can(role, 'performance.request')) return null
  const input = { targetId: target.id }
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap justify-end gap-2">
        {can(role, 'performance.baseline') ? (
          <Button pending={learn.pending} onClick={() => void learn.run(input)}>
            Learn baseline
          </Button>
        ) : null}
        <Button
          variant="primary"
          pending={measure.pending || measuring}
          onClick={() => void measure.run(input)}
        >
          {measuring ? 'Measuring' : 'Measure now'}
        </Button>
      </div>
      <Refusal of={measure.refusal ?? learn.refusal} />
    </div>
  )
}

function NoProbes({ name }: { name: string }) {
  return (
    <Card>
      <EmptyState title="No query is timed">
        <p>
          A slow-down of {name} would be noticed by its users first. Name the queries that matter in the
          policy:
        </p>
        <Code label="policy" className="mt-2 text-left">
          {
            '"probes": [\n  { "name": "sign-in", "category": "lookup", "sql": "select * from public.users where id = 1" }\n]'
          }
        </Code>
        <Code label="command" className="mt-2 text-left">
          {`holdfast policy apply ${name} policy.json`}
        </Code>
      </EmptyState>
    </Card>
  )
}
