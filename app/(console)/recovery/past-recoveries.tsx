import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

/** The recoveries so far, and how long people waited from the request until they had access. */
export function PastRecoveries({ recoveries }: Pick<RecoveryData, 'recoveries'>) {
  return (
    <Panel title="Recoveries so far" flush>
      <Table
        label="Recoveries"
        rows={recoveries}
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
          {
            key: 'took',
            head: 'Access after',
            align: 'right',
            cell: (row) =>
              row.access ? (
                <span title="From the request to the check that they can get in">
                  <Duration ms={row.access.accessAfterMs} />
                  <span className="text-ink-faint">
                    {' '}
                    (run <Duration ms={row.access.runMs} />)
                  </span>
                </span>
              ) : (
                <span className="text-ink-faint">–</span>
              ),
          },
          { key: 'at', head: 'Requested', align: 'right', cell: (row) => <Time at={row.createdAt} /> },
        ]}
      />
    </Panel>
  )
}
