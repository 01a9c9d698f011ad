'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Countdown } from '#components/operations/countdown.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf } from '#lib/format/format-count.ts'
import type { operationsRead } from './queries.ts'

type Data = Wire<ReadData<typeof operationsRead>>
type Row = Data['operations'][number]

const open = new Set(['requested', 'planned', 'awaiting-approval', 'approved', 'running', 'verifying'])

export function OperationsScreen({
  loaded,
  targetName,
}: {
  loaded: Loaded<ReadData<typeof operationsRead>>
  targetName: string
}) {
  const { data } = useLoaded(loaded)
  const current = data.operations.filter(({ status }) => open.has(status))
  const past = data.operations.filter(({ status }) => !open.has(status))
  const waiting = current.filter(({ status }) => status === 'awaiting-approval').length
  return (
    <>
      <PageHeader
        title="Operations"
        about={`Everything that writes to ${targetName} through Holdfast: planned, approved by a second person, run once, proven.${waiting > 0 ? ` ${countOf(waiting, 'plan')} waiting for approval.` : ''}`}
      />
      <div className="grid gap-4">
        <Panel title="Now" about="Waiting for somebody, or running" flush>
          <OperationsTable
            label="Operations now"
            rows={current}
            data={data}
            empty={
              <EmptyState title="Nothing waits and nothing runs">
                <p>
                  A restore, a recovery or a deletion permit that somebody requests stands here until it is
                  approved and done. Begin one on Restore, Recovery or Guards.
                </p>
              </EmptyState>
            }
          />
        </Panel>
        <Panel title="Done" about="The newest first" flush>
          <OperationsTable
            label="Past operations"
            rows={past}
            data={data}
            empty={<EmptyState title="No operation has ended yet" />}
          />
        </Panel>
      </div>
    </>
  )
}

function OperationsTable({
  label,
  rows,
  data,
  empty,
}: {
  label: string
  rows: Row[]
  data: Data
  empty: React.ReactNode
}) {
  return (
    <Table
      label={label}
      rows={rows}
      rowKey={(row) => row.id}
      empty={empty}
      columns={[
        {
          key: 'what',
          head: 'What',
          lead: true,
          className: 'sm:min-w-72',
          cell: (row) => (
            <Link
              href={`/operations/${row.id}`}
              className="block text-ink hover:text-accent hover:underline max-sm:py-1"
            >
              {row.sentence ?? `${row.kind}: ${row.reason}`}
            </Link>
          ),
        },
        { key: 'status', head: 'State', cell: (row) => <StatusDot status={row.status} /> },
        { key: 'next', head: 'Next', cell: (row) => <NextStep row={row} data={data} /> },
        {
          key: 'rows',
          head: 'Rows',
          align: 'right',
          cell: (row) => <Count of={row.promisedRows || null} />,
        },
        { key: 'by', head: 'Requested by', wide: true, cell: (row) => formatActorName(row.requestedBy) },
        {
          key: 'approved',
          head: 'Approved by',
          wide: true,
          cell: (row) =>
            row.approvedBy ? formatActorName(row.approvedBy) : row.needsApproval ? '—' : 'not needed',
        },
        {
          key: 'incident',
          head: 'Incident',
          wide: true,
          cell: (row) =>
            row.incidentId ? (
              <Link href={`/incidents/${row.incidentId}`} className="text-accent hover:underline">
                #{row.incidentNumber}
              </Link>
            ) : (
              '—'
            ),
        },
        {
          key: 'when',
          head: 'When',
          align: 'right',
          cell: (row) => <Time at={row.finishedAt ?? row.createdAt} />,
        },
      ]}
    />
  )
}

/** Whose turn it is. */
function NextStep({ row, data }: { row: Row; data: Data }) {
  if (row.status === 'awaiting-approval' && row.approveBy) {
    const mine = row.requestedByUserId === data.userId
    return (
      <span className="whitespace-nowrap">
        {mine || !can(data.role, 'operations.approve') ? 'a second person approves' : 'you can approve'},{' '}
        <Countdown until={row.approveBy} over="too late" />
      </span>
    )
  }
  if (row.status === 'approved' && row.runBy) {
    return (
      <span className="whitespace-nowrap">
        run it, <Countdown until={row.runBy} over="too late" />
      </span>
    )
  }
  if (row.error) return <span className="text-ink-soft">{row.error.message}</span>
  return <span>—</span>
}
