import type { Wire } from '#app/_web/wire.ts'
import { classNames } from '#components/ui/class-names.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import type { Monitor, TableCoverage } from '#lib/guards/coverage.ts'
import { GuardMark, type MarkState } from './guard-mark.tsx'

type Row = Wire<TableCoverage>

const guardLooks: Record<string, { state: MarkState; word: string }> = {
  installed: { state: 'good', word: 'guarded' },
  outdated: { state: 'partial', word: 'guarded, to be renewed' },
  missing: { state: 'gap', word: 'missing' },
  tampered: { state: 'gap', word: 'tampered' },
  unsupported: { state: 'partial', word: 'unsupported' },
}

function Guard({ row }: { row: Row }) {
  if (!row.isProtected) return <GuardMark state="gap">not protected</GuardMark>
  if (row.guard === null) return <GuardMark state="unknown">none known</GuardMark>
  const { state, word } = guardLooks[row.guard]!
  const warns = state === 'good' && row.mode === 'warn'
  return (
    <span className="grid justify-items-start gap-0.5 max-sm:justify-items-end">
      <GuardMark state={warns ? 'partial' : state}>{warns ? 'warns only' : word}</GuardMark>
      {row.problems.map((problem) => (
        <span
          key={problem}
          className={classNames(
            'max-w-xs text-xs max-sm:text-right',
            row.guard === 'outdated' ? 'text-ink-soft' : 'text-bad',
          )}
        >
          {problem}
        </span>
      ))}
    </span>
  )
}

const monitorWords: Record<Monitor, string> = {
  'row-counts': 'row count',
  membership: 'membership',
  references: 'references',
}

const Held = ({ is, rows }: { is: boolean; rows: number | null }) =>
  is ? (
    <GuardMark state="good">in it</GuardMark>
  ) : (
    <GuardMark state={rows === 0 ? 'unknown' : 'gap'}>not in it</GuardMark>
  )

function Drill({ drill }: { drill: Row['drill'] }) {
  if (!drill) return <GuardMark state="gap">never</GuardMark>
  if (drill.differs) return <GuardMark state="gap">differed</GuardMark>
  if (drill.verdict === 'passed') {
    return (
      <GuardMark state={drill.isStale ? 'partial' : 'good'}>{drill.isStale ? 'stale' : 'passed'}</GuardMark>
    )
  }
  return <GuardMark state={drill.verdict === 'failed' ? 'gap' : 'partial'}>{drill.verdict}</GuardMark>
}

const columns: TableColumn<Row>[] = [
  { key: 'table', head: 'Table', lead: true, cell: (row) => <TableNameText name={row.table} /> },
  { key: 'rows', head: 'Rows', align: 'right', cell: (row) => <Count of={row.rows} /> },
  { key: 'guard', head: 'Guard', className: 'print:min-w-20', cell: (row) => <Guard row={row} /> },
  {
    key: 'monitor',
    head: 'Monitor',
    cell: ({ monitors }) =>
      monitors.length === 0 ? (
        <GuardMark state="gap">none</GuardMark>
      ) : (
        <GuardMark state="good">{monitors.map((monitor) => monitorWords[monitor]).join(', ')}</GuardMark>
      ),
  },
  { key: 'snapshot', head: 'Snapshot', cell: (row) => <Held is={row.inSnapshot} rows={row.rows} /> },
  { key: 'archive', head: 'Archive', cell: (row) => <Held is={row.inArchive} rows={row.rows} /> },
  { key: 'drill', head: 'Last drill', cell: (row) => <Drill drill={row.drill} /> },
]

/** Each table with everything that protects it, and what does not yet. */
export const CoverageTable = ({ tables }: { tables: readonly Row[] }) => (
  <Table
    label="Coverage by table"
    columns={columns}
    rows={tables}
    rowKey={(row) => row.table}
    rowClassName={(row) =>
      row.guard === 'tampered' || row.guard === 'missing'
        ? 'bg-bad-tint'
        : row.isProtected
          ? undefined
          : 'bg-sunken'
    }
    empty={
      <EmptyState title="No table is protected yet">
        The policy names none under “protectedTables”, so any of them can be emptied by one statement.
      </EmptyState>
    }
  />
)
