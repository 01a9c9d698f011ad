import Link from 'next/link'
import type { ReactNode } from 'react'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'

interface ShownPastOperation {
  id: string
  sentence: string | null
  reason: string
  status: string
  createdAt: string
}

/** The newest operations of one kind, each leading to its page, and what else is worth a column of that kind. */
export function PastOperations<Row extends ShownPastOperation>({
  title,
  label,
  operations,
  more = [],
}: {
  title: string
  label: string
  operations: readonly Row[]
  more?: { key: string; head: string; align?: 'right'; cell(row: Row): ReactNode }[]
}) {
  return (
    <Panel title={title} flush>
      <Table
        label={label}
        rows={operations}
        rowKey={(row) => row.id}
        empty={<EmptyState title="None yet" />}
        columns={[
          {
            key: 'what',
            head: 'Plan',
            lead: true,
            cell: (row) => (
              <Link href={`/operations/${row.id}`} className="text-accent hover:underline">
                {row.sentence ?? row.reason}
              </Link>
            ),
          },
          { key: 'status', head: 'Status', cell: (row) => <StatusDot status={row.status} /> },
          ...more,
          { key: 'at', head: 'Requested', align: 'right', cell: (row) => <Time at={row.createdAt} /> },
        ]}
      />
    </Panel>
  )
}
