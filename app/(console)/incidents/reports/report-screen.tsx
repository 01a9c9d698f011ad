'use client'

import { Download, Printer } from 'lucide-react'
import { useRouter } from 'next/navigation'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { incidentSections } from '#app/(console)/incidents/incident-sections.ts'
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Select } from '#components/ui/field.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { SectionLinks } from '#components/ui/section-links.tsx'
import { Table } from '#components/ui/table.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { kindTitles, severities } from '#lib/incidents/types.ts'
import type { incidentReportRead } from './queries.ts'

type Data = Wire<ReadData<typeof incidentReportRead>>
type Month = Data['months'][number]

const minuteMs = 60_000
const clocks = [
  { key: 'detect', title: 'Noticed after' },
  { key: 'acknowledge', title: 'Taken on after' },
  { key: 'recover', title: 'Recovered after' },
  { key: 'resolve', title: 'Resolved after' },
] as const

export function ReportScreen({ loaded }: { loaded: Loaded<ReadData<typeof incidentReportRead>> }) {
  const { data } = useLoaded(loaded)
  const { asked } = data
  const total = data.months.reduce((sum, { incidents }) => sum + incidents, 0)
  const csv = new URLSearchParams({
    months: String(asked.months),
    ...(asked.target ? { target: asked.target.id } : {}),
  })
  return (
    <>
      <PageHeader
        title="Incident reports"
        about="How fast trouble is noticed, taken on and over, month by month. An incident counts in the month in which it began (UTC)."
        actions={
          <>
            <ReportFilters data={data} />
            <Button asChild>
              <a href={`/api/incidents/report?${csv}`} download>
                <Download aria-hidden />
                CSV
              </a>
            </Button>
            <Button onClick={() => window.print()}>
              <Printer aria-hidden />
              Print
            </Button>
          </>
        }
      />
      <SectionLinks label="Incidents" sections={incidentSections} here="reports" />
      {total === 0 ? (
        <Panel title="No incident in this time">
          <EmptyState title="There was no incident in these months">
            <p>
              That is good news, if the checks, guards and channels are set up: they are what would open one.
            </p>
          </EmptyState>
        </Panel>
      ) : (
        <div className="grid gap-4">
          <Panel title="Median by month" about="Minutes from the beginning; a clock counts once it stopped">
            <TimeSeriesChart
              label="incidents’ clocks"
              unit="minutes"
              fromZero
              series={clocks.map(({ key, title }) => ({
                key,
                label: title,
                points: data.months.map((month) => ({
                  at: `${month.month}-01T00:00:00.000Z`,
                  value: month[key].medianMs === null ? null : month[key].medianMs / minuteMs,
                })),
              }))}
            />
          </Panel>
          <Panel title="By month" flush>
            <Table
              label="Incidents by month"
              rows={data.months.toReversed()}
              rowKey={({ month }) => month}
              columns={columns}
            />
          </Panel>
        </div>
      )}
    </>
  )
}

function ReportFilters({ data: { asked, targets } }: { data: Data }) {
  const router = useRouter()
  const show = (months: number, of: string | undefined) =>
    router.replace(
      `/incidents/reports?${new URLSearchParams({ months: String(months), ...(of ? { of } : {}) })}`,
      { scroll: false },
    )
  return (
    <>
      <Select
        aria-label="Database"
        className="w-auto"
        value={asked.target?.name ?? ''}
        onChange={({ target: { value } }) => show(asked.months, value || undefined)}
      >
        <option value="">Every database</option>
        {targets.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      <Select
        aria-label="Months"
        className="w-auto"
        value={asked.months}
        onChange={({ target: { value } }) => show(Number(value), asked.target?.name)}
      >
        {[...new Set([3, 6, 12, 24, 60, asked.months])]
          .sort((a, b) => a - b)
          .map((months) => (
            <option key={months} value={months}>
              {months} months
            </option>
          ))}
      </Select>
    </>
  )
}

const listOf = (counts: Partial<Record<string, number>>, order: readonly string[]): string =>
  order.flatMap((key) => (counts[key] ? [`${counts[key]} ${key}`] : [])).join(', ')

const columns = [
  {
    key: 'month',
    head: 'Month',
    lead: true,
    cell: ({ month }: Month) => <span className="whitespace-nowrap">{month}</span>,
  },
  {
    key: 'incidents',
    head: 'Incidents',
    align: 'right' as const,
    cell: (month: Month) => `${formatCount(month.incidents)}${month.open > 0 ? ` (${month.open} open)` : ''}`,
  },
  ...clocks.map(({ key, title }) => ({
    key,
    head: title,
    align: 'right' as const,
    cell: ({ [key]: spread }: Month) =>
      spread.medianMs === null ? (
        '—'
      ) : (
        <span title="median · worst">
          {formatDuration(spread.medianMs)}{' '}
          <span className="text-xs text-ink-faint">· {formatDuration(spread.worstMs)}</span>
        </span>
      ),
  })),
  {
    key: 'lost',
    head: 'Rows lost',
    align: 'right' as const,
    cell: ({ rowsLost }: Month) => formatCount(rowsLost),
  },
  {
    key: 'recovered',
    head: 'Recovered',
    align: 'right' as const,
    cell: ({ rowsRecovered }: Month) => formatCount(rowsRecovered),
  },
  {
    key: 'severities',
    head: 'Severities',
    wide: true,
    cell: ({ severities: counts }: Month) => (
      <span className="text-xs">{listOf(counts, severities.toReversed()) || '—'}</span>
    ),
  },
  {
    key: 'kinds',
    head: 'Kinds',
    wide: true,
    cell: ({ kinds }: Month) => (
      <span className="text-xs">
        {Object.entries(kinds)
          .map(([kind, count]) => `${count} ${kindTitles[kind as keyof typeof kindTitles].toLowerCase()}`)
          .join(', ') || '—'}
      </span>
    ),
  },
]
