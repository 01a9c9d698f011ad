import { Badge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { can } from '#lib/auth/permissions.ts'
import { isGuarding } from '#lib/guards/types.ts'
import { BudgetDialog } from './budget-dialog.tsx'
import { limitText, windowText } from './budget-words.ts'
import type { GuardsData } from './guards-data.ts'
import { WindowUse } from './window-use.tsx'

type Coverage = GuardsData['tables'][number]

interface Row {
  table: Coverage
  line: Coverage['budgets'][number]
  /** The first budget of its table. */
  isFirst: boolean
}

const whatOf = ({ line }: Row): string =>
  `${line.act === 'delete' ? 'deletes' : `updates of ${line.columns.join(', ')}`}${line.role === null ? '' : ` by ${line.role}`}`

const journalWords: Record<Coverage['journal'], string> = {
  deleted: 'deleted rows',
  overwritten: 'deleted and overwritten rows',
  none: 'nothing',
}

const columnsFor = (data: GuardsData): TableColumn<Row>[] => [
  {
    key: 'table',
    head: 'Table',
    lead: true,
    cell: ({ table, isFirst }) => (
      <span className={isFirst ? undefined : 'sm:sr-only'}>
        <TableNameText name={table.table} />
      </span>
    ),
  },
  { key: 'what', head: 'Budget of', cell: (row) => <span className="text-xs">{whatOf(row)}</span> },
  {
    key: 'statement',
    head: 'Statement',
    align: 'right',
    cell: ({ line }) => limitText(line.budget.statementRows, line.budget.statementPercent),
  },
  {
    key: 'transaction',
    head: 'Transaction',
    align: 'right',
    cell: ({ line }) => limitText(line.budget.transactionRows, line.budget.transactionPercent),
  },
  {
    key: 'window',
    head: 'Window',
    align: 'right',
    cell: ({ line }) => (
      <span>
        {limitText(line.budget.windowRows, line.budget.windowPercent)}
        <span className="text-ink-faint"> in {windowText(line.budget.windowMinutes)}</span>
      </span>
    ),
  },
  {
    key: 'used',
    head: 'Window now',
    cell: ({ line }) => <WindowUse used={line.windowUsed} allows={line.windowAllows} />,
  },
  {
    key: 'over',
    head: 'Over it',
    cell: ({ table, isFirst }) =>
      isFirst ? (
        <span className="grid justify-items-start gap-0.5 max-sm:justify-items-end">
          <Badge tone={table.mode === 'warn' ? 'warn' : 'plain'}>{table.mode}s</Badge>
          <span className="text-2xs text-ink-faint print:hidden">keeps {journalWords[table.journal]}</span>
        </span>
      ) : null,
  },
  {
    key: 'act',
    head: <span className="sr-only">Change</span>,
    align: 'right',
    className: 'print:hidden',
    cell: ({ table, isFirst }) =>
      isFirst && can(data.role, 'policy.apply') ? <BudgetDialog data={data} table={table.table} /> : null,
  },
]

/** Every budget with what its window has used, and the way to change it. */
export function BudgetsSection({ data }: { data: GuardsData }) {
  const rows = data.tables.flatMap((table) =>
    table.budgets.map((line, index): Row => ({ table, line, isFirst: index === 0 })),
  )
  const isInForce = data.tables.some(({ guard }) => isGuarding(guard) || guard === 'tampered')
  return (
    <Panel
      title="Budgets"
      about={
        isInForce
          ? 'Most rows that may go at once. What goes over it is refused, unless a permit allows it.'
          : 'Not in force: no guard is installed that would refuse anything.'
      }
      flush
      className="mb-4"
      id="budgets"
    >
      <Table
        label="Budgets by table"
        columns={columnsFor(data)}
        rows={rows}
        rowKey={({ table, line }) => `${table.table} ${line.act} ${line.role ?? ''}`}
        empty={
          <EmptyState title="There is no budget yet">
            Protect a table in the policy and it gets one.
          </EmptyState>
        }
      />
    </Panel>
  )
}
