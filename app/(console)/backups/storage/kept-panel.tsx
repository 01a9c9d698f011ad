import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes, Count } from '#components/ui/numbers.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import type { storageRead } from './queries.ts'

type Data = Wire<ReadData<typeof storageRead>>

const shown = ['good', 'suspicious', 'failed', 'expiring']

/** How many backups there are of each kind, and what they take. */
export function KeptPanel({ kept }: { kept: Data['kept'] }) {
  const rows = kept
    .filter(({ status }) => shown.includes(status))
    .sort((a, b) => a.kind.localeCompare(b.kind) || shown.indexOf(a.status) - shown.indexOf(b.status))
  return (
    <Panel title="What is kept" about="Snapshots take their room in the target itself." flush>
      <Table
        label="What is kept"
        rows={rows}
        rowKey={({ kind, status }) => `${kind}-${status}`}
        empty={<EmptyState title="Nothing is kept" />}
        columns={[
          { key: 'kind', head: 'Kind', lead: true, cell: ({ kind }) => `${kind}s` },
          { key: 'status', head: 'Status', cell: ({ status }) => <StatusDot status={status} /> },
          { key: 'count', head: 'Number', align: 'right', cell: ({ count }) => <Count of={count} /> },
          { key: 'held', head: 'Held', align: 'right', cell: ({ held }) => (held > 0 ? held : '—') },
          {
            key: 'bytes',
            head: 'One copy of each',
            align: 'right',
            cell: ({ bytes }) => <Bytes of={bytes} />,
          },
        ]}
      />
    </Panel>
  )
}
