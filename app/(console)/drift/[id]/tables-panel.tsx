import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import type { ShownTable } from './comparison-screen.tsx'
import { SidesTable } from './sides-table.tsx'

const number = (count: number) => (
  <span className={count > 0 ? 'font-medium text-bad' : 'text-ink-faint'}>{formatCount(count)}</span>
)

/** Every table with its counts on both sides; of those that differ, rows side by side. */
export function TablesPanel({
  tables,
  master,
  target,
}: {
  tables: readonly ShownTable[]
  master: string
  target: string
}) {
  const columns = [
    {
      key: 'table',
      head: 'Table',
      lead: true,
      cell: (row: ShownTable) => (
        <span>
          <TableNameText name={row.table} />
          {row.masterTable === row.table ? null : (
            <span className="ml-2 text-xs text-ink-faint">
              {row.masterTable} in {master}
            </span>
          )}
        </span>
      ),
    },
    {
      key: 'state',
      head: 'State',
      cell: (row: ShownTable) => <StatusDot status={row.inSync ? 'in-sync' : 'drift'} />,
    },
    {
      key: 'master',
      head: `Rows in ${master}`,
      align: 'right' as const,
      cell: (row: ShownTable) => formatCount(row.masterRows),
    },
    {
      key: 'target',
      head: `Rows in ${target}`,
      align: 'right' as const,
      cell: (row: ShownTable) => formatCount(row.targetRows),
    },
    ...(['missing', 'extra', 'changed'] as const).map((kind) => ({
      key: kind,
      head: kind[0]!.toUpperCase() + kind.slice(1),
      align: 'right' as const,
      cell: (row: ShownTable) => number(row[kind]),
    })),
    {
      key: 'settled',
      head: 'Settled',
      align: 'right' as const,
      wide: true,
      cell: (row: ShownTable) => formatCount(row.settled),
    },
  ]
  const told = tables.filter(
    (table) => !table.inSync || table.notes.length > 0 || table.columns.ignored.length > 0,
  )
  return (
    <>
      <Panel title="Tables" about={countOf(tables.length, 'table')} flush>
        <Table label="Tables" rows={tables} rowKey={(row) => row.table} columns={columns} />
      </Panel>
      {told.map((table) => (
        <TablePanel key={table.table} table={table} master={master} target={target} />
      ))}
    </>
  )
}

function TablePanel({ table, master, target }: { table: ShownTable; master: string; target: string }) {
  const { columns, changedColumns, notes, samples } = table
  const words = [
    ...changedColumns.slice(0, 10).map(({ column, rows }) => `${column} differs in ${countOf(rows, 'row')}.`),
    ...columns.onlyMaster.map((column) => `${column} is only in ${master}; it is not compared.`),
    ...columns.onlyTarget.map((column) => `${column} is only in ${target}; it is not compared.`),
    ...columns.retyped.map(
      (one) =>
        `${one.column} is ${one.master} in ${master} and ${one.target} in ${target}; it is not compared.`,
    ),
    ...columns.ignored.map((column) => `${column} is left out, as asked.`),
    ...notes,
  ]
  return (
    <Panel title={<TableNameText name={table.table} />}>
      {words.length > 0 ? (
        <ul className="mb-3 list-disc pl-5 text-sm text-ink-soft">
          {words.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      ) : null}
      <SidesTable samples={samples} master={master} target={target} label={table.table} />
    </Panel>
  )
}
