import { Check, Minus, X } from 'lucide-react'
import type { Wire } from '#app/_web/wire.ts'
import { Badge } from '#components/ui/badge.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { TableCoverage } from '#lib/guards/coverage.ts'

type Row = Wire<TableCoverage>

const limit = (rows: number | null): string => (rows === null ? '∞' : formatCount(rows))

/** Rows per statement, transaction and window; in full where the mouse rests. */
function Budget({ row }: { row: Row }) {
  const words = `${limit(row.statementRows)} rows in a statement, ${limit(row.transactionRows)} in a transaction, ${limit(row.windowRows)} in ${row.windowMinutes} minutes`
  return (
    <span title={words} className="font-mono text-xs whitespace-nowrap">
      <span className="sr-only">{words}</span>
      <span aria-hidden>
        {limit(row.statementRows)} <span className="text-ink-faint">/</span> {limit(row.transactionRows)}{' '}
        <span className="text-ink-faint">/</span> {limit(row.windowRows)}
        <span className="text-ink-faint"> per {row.windowMinutes} min</span>
      </span>
    </span>
  )
}

/** What was deleted within the last hour beside what the window allows. */
function Used({ row }: { row: Row }) {
  if (row.deletedRows === 0) return <span className="text-ink-faint">0</span>
  const share = row.windowRows ? Math.min(1, row.deletedRows / row.windowRows) : 0
  return (
    <span className="inline-flex items-center gap-2">
      <span aria-hidden className="h-1.5 w-12 overflow-hidden rounded-full bg-sunken">
        <span
          className={classNames('block h-full rounded-full', share > 0.5 ? 'bg-bad' : 'bg-warn')}
          style={{ width: `${Math.max(share * 100, 6)}%` }}
        />
      </span>
      <span className={share > 0.5 ? 'font-medium text-bad' : undefined}>{formatCount(row.deletedRows)}</span>
    </span>
  )
}

/** Whether the newest good copy of a kind holds the table. */
function Held({ is, what }: { is: boolean; what: string }) {
  const Icon = is ? Check : X
  return (
    <span
      className={classNames('inline-flex items-center gap-0.5 text-xs', is ? 'text-ink-soft' : 'text-bad')}
    >
      <Icon className={classNames('size-3.5', is && 'text-good')} aria-hidden />
      <span className="sr-only">{is ? 'in the' : 'not in any'}</span>
      {what}
    </span>
  )
}

function Guard({ row }: { row: Row }) {
  if (row.guard === null) return <StatusDot status="no-data" label="never verified" />
  return (
    <span className="inline-flex flex-wrap items-center gap-1.5">
      <StatusDot status={row.guard} />
      {row.mode === 'warn' ? <Badge tone="warn">warns only</Badge> : null}
    </span>
  )
}

const columns: TableColumn<Row>[] = [
  { key: 'table', head: 'Table', lead: true, cell: (row) => <TableNameText name={row.table} /> },
  { key: 'rows', head: 'Rows', align: 'right', cell: (row) => <Count of={row.rows} /> },
  {
    key: 'guard',
    head: 'Guard',
    cell: (row) => (
      <span className="grid justify-items-start max-sm:justify-items-end">
        <Guard row={row} />
        {row.problems.map((problem) => (
          <span key={problem} className="max-w-xs text-xs text-bad max-sm:text-right">
            {problem}
          </span>
        ))}
      </span>
    ),
  },
  { key: 'budget', head: 'Budget', cell: (row) => <Budget row={row} /> },
  { key: 'used', head: 'Deleted, last hour', align: 'right', cell: (row) => <Used row={row} /> },
  {
    key: 'copies',
    head: 'Copies',
    cell: (row) => (
      <span className="inline-flex gap-2.5">
        <Held is={row.inSnapshot} what="snapshot" />
        <Held is={row.inArchive} what="archive" />
      </span>
    ),
  },
  {
    key: 'verified',
    head: 'Verified',
    align: 'right',
    wide: true,
    cell: (row) =>
      row.verifiedAt ? (
        <Time at={row.verifiedAt} className="text-ink-soft" />
      ) : (
        <Minus className="inline size-4 text-ink-faint" aria-label="never" />
      ),
  },
]

/** Each protected table with everything that protects it. */
export const CoverageTable = ({ tables }: { tables: readonly Row[] }) => (
  <Table
    label="Coverage by table"
    columns={columns}
    rows={tables}
    rowKey={(row) => row.table}
    rowClassName={(row) => (row.guard === 'tampered' ? 'bg-bad-tint' : undefined)}
    empty={
      <EmptyState title="No table is protected yet">
        The policy names none under “protectedTables”, so any of them can be emptied by one statement.
      </EmptyState>
    }
  />
)
