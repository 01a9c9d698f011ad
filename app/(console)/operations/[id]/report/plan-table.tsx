import { Count } from '#components/ui/numbers.tsx'
import { Table } from '#components/ui/table.tsx'
import type { PlannedTable, PlanSummary } from '#lib/operations/types.ts'

const counts = ['missing', 'changed', 'extra', 'newer'] as const

/** The plan's counts and notes by table, without samples: a report is passed on, the rows' values are not. */
export function PlanTable({ summary }: { summary: PlanSummary }) {
  if (summary.tables.length === 0) return null
  return (
    <div className="overflow-hidden rounded-md border border-line">
      <Table<PlannedTable>
        label="Plan by table"
        rows={summary.tables}
        rowKey={(row) => row.table}
        columns={[
          {
            key: 'table',
            head: 'Table',
            lead: true,
            cell: (row) => (
              <span className="min-w-0">
                <span className="font-mono text-xs break-all">{row.table}</span>
                {row.notes.map((note) => (
                  <span key={note} className="block text-xs font-normal text-ink-soft">
                    {note}
                  </span>
                ))}
              </span>
            ),
          },
          ...counts.map((count) => ({
            key: count,
            head: count,
            align: 'right' as const,
            cell: (row: PlannedTable) => <Count of={row[count]} />,
          })),
        ]}
      />
    </div>
  )
}
