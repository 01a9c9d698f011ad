import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { ListedCopy } from '#lib/backups/list-backups-page.ts'
import { wordOfCopy } from '../copies-cell.tsx'
import { VerificationLadder } from '../verification-ladder.tsx'

/** Each store with its own copy: every copy is verified by itself. */
export function CopiesPanel({
  copies,
  stores,
}: {
  copies: readonly Wire<ListedCopy>[]
  stores: readonly string[]
}) {
  const lacking = stores.filter((name) => !copies.some(({ store }) => store === name))
  return (
    <Panel
      title="Copies"
      about={
        lacking.length > 0
          ? `The policy also wants one in ${lacking.join(' and ')}; there is none.`
          : 'Each is verified by itself; the backup is as good as its best one.'
      }
      flush
    >
      <Table
        label="Copies"
        rows={copies}
        rowKey={({ id }) => id}
        empty={<EmptyState title="No store has a copy" />}
        columns={[
          { key: 'store', head: 'Store', lead: true, cell: ({ store }) => store },
          {
            key: 'status',
            head: 'Status',
            cell: ({ status, error }) => (
              <span className="grid">
                <StatusDot status={status} label={wordOfCopy(status)} />
                {error ? <span className="text-xs text-ink-soft">{error.message}</span> : null}
              </span>
            ),
          },
          {
            key: 'level',
            head: 'Verification',
            cell: ({ verification }) => <VerificationLadder level={verification} />,
          },
          { key: 'at', head: 'Looked at', cell: ({ verifiedAt }) => <Time at={verifiedAt} /> },
          { key: 'size', head: 'Size', align: 'right', cell: ({ sizeBytes }) => <Bytes of={sizeBytes} /> },
        ]}
      />
    </Panel>
  )
}
