'use client'

import Link from 'next/link'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { checkHref } from './areas.ts'
import type { ShownState } from './health-screen.tsx'
import { StatusStrip } from './status-strip.tsx'

/** More than this many healthy checks below what is wrong would bury it. */
const fewHealthy = 3

const order = ['unhealthy', 'no-data', 'healthy']

/** One area: a line while it is healthy, with its checks behind it; open where something is wrong. */
export function AreaRow({
  title,
  about,
  name,
  rows,
  strip,
  stripHours,
  open,
}: {
  title: string
  about: string
  name: string
  rows: readonly ShownState[]
  strip: readonly (string | null)[]
  stripHours: number
  open: boolean
}) {
  const sorted = [...rows].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const troubled = sorted.filter(({ status }) => status !== 'healthy')
  const well = sorted.filter(({ status }) => status === 'healthy')
  const isFolded = troubled.length > 0 && well.length > fewHealthy
  return (
    <details open={open} className="group border-b border-line last:border-b-0">
      <summary className="grid cursor-pointer list-none grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-2.5 hover:bg-raised sm:grid-cols-[1rem_minmax(0,1fr)_12rem_9rem] [&::-webkit-details-marker]:hidden">
        <span
          aria-hidden
          className="text-2xs text-ink-faint transition-transform group-open:rotate-90 max-sm:hidden"
        >
          ▶
        </span>
        <span className="min-w-0">
          <h2 className="inline text-sm font-medium">{title}</h2>
          <span className="ml-2 text-xs text-ink-faint max-sm:hidden">{about}</span>
        </span>
        <StatusDot status={sorted[0]!.status} label={summaryOf(rows)} className="text-sm" />
        <StatusStrip
          statuses={strip}
          about={`${title}, the last ${stripHours} hours`}
          className="max-sm:col-span-2"
        />
      </summary>
      {isFolded ? (
        <>
          <Checks title={title} name={name} rows={troubled} />
          <details className="border-t border-line">
            <summary className="cursor-pointer px-4 py-2 text-sm text-ink-soft hover:bg-raised">
              and {well.length} healthy
            </summary>
            <Checks title={`${title}, healthy`} name={name} rows={well} />
          </details>
        </>
      ) : (
        <Checks title={title} name={name} rows={sorted} />
      )}
    </details>
  )
}

function summaryOf(rows: readonly ShownState[]): string {
  const count = (status: string) => rows.filter((row) => row.status === status).length
  const unhealthy = count('unhealthy')
  const unknown = count('no-data')
  if (unhealthy + unknown === 0) return rows.length === 1 ? 'healthy' : `all ${rows.length} healthy`
  return [unhealthy > 0 ? `${unhealthy} unhealthy` : '', unknown > 0 ? `${unknown} no data` : '']
    .filter(Boolean)
    .join(', ')
}

const Checks = ({ title, name, rows }: { title: string; name: string; rows: readonly ShownState[] }) => (
  <div className="border-t border-line">
    <Table label={title} rows={rows} rowKey={(row) => row.check} columns={columnsFor(name)} />
  </div>
)

const columnsFor = (name: string): TableColumn<ShownState>[] => [
  {
    key: 'title',
    head: 'Check',
    lead: true,
    className: 'sm:w-80 sm:min-w-72',
    cell: (row) => (
      <Link href={checkHref(name, row.check)} scroll={false} className="text-accent hover:underline">
        {row.title}
      </Link>
    ),
  },
  {
    key: 'status',
    head: 'Status',
    className: 'sm:w-48 sm:min-w-44',
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <StatusDot status={row.status} />
        {row.status === 'unhealthy' ? <SeverityBadge severity={row.severity} /> : null}
      </span>
    ),
  },
  {
    key: 'details',
    head: 'Finding',
    className: 'max-sm:text-right break-words',
    cell: (row) => <span className={row.status === 'unhealthy' ? 'text-bad' : undefined}>{row.details}</span>,
  },
  {
    key: 'affected',
    head: 'Affected',
    align: 'right',
    wide: true,
    className: 'sm:w-24',
    cell: (row) => (row.status === 'no-data' ? '—' : formatCount(row.affected)),
  },
  {
    key: 'since',
    head: 'Since',
    align: 'right',
    className: 'sm:w-28',
    cell: (row) => <Time at={row.since} />,
  },
]
