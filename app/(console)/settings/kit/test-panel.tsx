'use client'

import Link from 'next/link'
import type { KitData } from '#app/(console)/settings/kit/kit-screen.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'

type TestedArchive = NonNullable<NonNullable<KitData['lastTest']>['test']>['archives'][number]

const columns: TableColumn<TestedArchive>[] = [
  {
    key: 'target',
    head: 'Database',
    lead: true,
    cell: (row) => (
      <span className="flex flex-wrap items-center gap-x-2">
        <Link href={`/backups/${row.backupId}`} className="font-medium text-accent hover:underline">
          {row.target}
        </Link>
        {row.isControl ? <Badge>Holdfast’s own</Badge> : null}
      </span>
    ),
  },
  { key: 'store', head: 'Store', cell: (row) => row.store },
  { key: 'taken', head: 'Newest archive', cell: (row) => <Time at={row.takenAt} /> },
  {
    key: 'opens',
    head: 'Opens with the key',
    cell: (row) =>
      row.problem ? (
        <span className="grid gap-0.5">
          <StatusDot status="failed" label="no" />
          <span className="text-xs text-ink-soft">{row.problem}</span>
        </span>
      ) : (
        <StatusDot status="good" label="yes" />
      ),
  },
]

/** Whether the key at hand opened the newest archives, and when. */
export function TestPanel({ data: { lastTest } }: { data: KitData }) {
  const test = lastTest?.test ?? null
  if (!lastTest) {
    return (
      <Panel title="Last test">
        <EmptyState title="It was never tested">
          <p>The worker tests it as soon as there is an archive, and once a week.</p>
        </EmptyState>
      </Panel>
    )
  }
  return (
    <Panel
      title={
        <span className="flex flex-wrap items-center gap-x-3">
          Last test
          <StatusDot
            status={test?.ok ? 'passed' : 'failed'}
            label={test?.ok ? 'the key opens everything' : 'not everything opens'}
          />
        </span>
      }
      about={
        <>
          The worker opened the newest archive of each database in each store, <Time at={lastTest.at} />
        </>
      }
      flush
    >
      {lastTest.error ? <p className="px-4 py-3 text-sm text-bad">{lastTest.error}</p> : null}
      {test ? (
        <>
          <Table
            label="Tested archives"
            rows={test.archives}
            rowKey={(row) => `${row.target} ${row.store}`}
            columns={columns}
            empty={<EmptyState title="There was no archive to open" />}
          />
          <p className="border-t border-line px-4 py-2 text-xs text-ink-soft">
            {test.credentials.opened} sealed credentials open.
            {test.credentials.problems.length > 0 ? ` Not: ${test.credentials.problems.join('; ')}.` : ''}
            {test.without.length > 0 ? ` Without any good archive: ${test.without.join(', ')}.` : ''}
          </p>
        </>
      ) : null}
    </Panel>
  )
}
