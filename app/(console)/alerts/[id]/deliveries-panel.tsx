'use client'

import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { AlertData } from './alert-screen.tsx'

const words: Record<string, string> = {
  fired: 'it fired',
  worsened: 'it became worse',
  escalated: 'nobody answered',
  reminded: 'it is still there',
  resolved: 'it is over',
  acknowledged: 'somebody works on it',
}

const looks: Record<string, string> = { sent: 'succeeded', held: 'silenced', sending: 'running' }

/** Who was told when, and how it went. */
export function DeliveriesPanel({ deliveries, status }: Pick<AlertData, 'deliveries'> & { status: string }) {
  return (
    <Panel title="Who was told" flush>
      <Table
        label="Messages about this alert"
        rows={deliveries}
        rowKey={(row) => row.id}
        empty={
          <EmptyState title={status === 'resolved' ? 'Nobody was told' : 'Nobody was told yet'}>
            What is told to whom is set by the routes.
          </EmptyState>
        }
        columns={[
          {
            key: 'who',
            head: 'To',
            lead: true,
            cell: (row) => (
              <>
                {row.person ?? row.channel}
                {row.person ? <span className="text-xs text-ink-faint"> by {row.channel}</span> : null}
              </>
            ),
          },
          { key: 'kind', head: 'That', cell: (row) => words[row.kind] ?? row.kind },
          {
            key: 'status',
            head: 'How it went',
            cell: (row) => (
              <div>
                <StatusDot status={looks[row.status] ?? row.status} label={row.status} />
                {(row.error ?? row.heldBecause) ? (
                  <p className="text-xs break-words text-ink-faint">{row.error ?? row.heldBecause}</p>
                ) : null}
              </div>
            ),
          },
          {
            key: 'at',
            head: 'When',
            align: 'right',
            cell: (row) => <Time at={row.sentAt ?? row.createdAt} />,
          },
        ]}
      />
    </Panel>
  )
}
