import type { Wire } from '#app/_web/wire.ts'
import { Badge } from '#components/ui/badge.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import type { DeleteGroup } from '#lib/guards/group-deletes.ts'

type Row = Wire<DeleteGroup>

const columns: TableColumn<Row>[] = [
  {
    key: 'table',
    head: 'Table',
    lead: true,
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <TableNameText name={row.table} />
        {row.kind === 'deleted' ? null : (
          <Badge tone={row.kind === 'permitted' ? 'accent' : 'bad'}>{row.kind}</Badge>
        )}
        {typeof row.detail.journalProblem === 'string' ? <Badge tone="bad">not in the journal</Badge> : null}
      </span>
    ),
  },
  {
    key: 'rows',
    head: 'Rows',
    align: 'right',
    cell: (row) => (
      <span className="grid justify-items-end">
        <Count of={row.rows} />
        {row.transactions > 1 ? (
          <span className="text-xs text-ink-faint">in {row.transactions} transactions</span>
        ) : null}
      </span>
    ),
  },
  {
    key: 'who',
    head: 'Who',
    cell: (row) => (
      <span className="grid min-w-0 text-xs text-ink-soft max-sm:justify-items-end">
        <span>{[row.role, row.application].filter(Boolean).join(' · ') || '—'}</span>
        {row.statement ? (
          <span
            className="line-clamp-1 max-w-56 font-mono break-all text-ink-faint max-sm:hidden"
            title={row.statement}
          >
            {row.statement.replace(/\s+/g, ' ')}
          </span>
        ) : null}
      </span>
    ),
  },
  {
    key: 'at',
    head: 'When',
    align: 'right',
    cell: (row) => <Time at={row.lastAt} className="text-ink-soft" />,
  },
]

/** What the guards let go lately, one line per origin and table. The rows are in the journal. */
export const DeletesTable = ({ deletes }: { deletes: readonly Row[] }) => (
  <Table
    label="Deleted lately"
    columns={columns}
    rows={deletes}
    rowKey={(row) => row.id}
    className="max-h-[32rem] overflow-y-auto"
    empty={<EmptyState title="No deletes since the guards watch">Each one will be listed here.</EmptyState>}
  />
)
