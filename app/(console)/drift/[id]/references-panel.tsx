import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { ShownFound } from './comparison-screen.tsx'

type Reference = ShownFound['references'][number]

/** The references of the compared tables on both sides: rows that they lead nowhere, and rows that refer to nothing. */
export function ReferencesPanel({
  references,
  master,
  target,
}: {
  references: readonly Reference[]
  master: string
  target: string
}) {
  if (references.length === 0) return null
  const lost = references.filter(({ orphans }) => orphans > 0)
  return (
    <Panel
      title="References"
      about={lost.length === 0 ? 'Every one leads to a row, on both sides' : 'Some lead nowhere'}
      flush
    >
      <Table
        label="References"
        rows={references}
        rowKey={(row) => `${row.side}-${row.table}-${row.columns.join()}-${row.references}`}
        columns={[
          {
            key: 'reference',
            head: 'Reference',
            lead: true,
            cell: (row) => (
              <span className="font-mono text-xs wrap-anywhere">
                {row.table}.{row.columns.join(', ')} → {row.references}
              </span>
            ),
          },
          { key: 'side', head: 'In', cell: (row) => (row.side === 'master' ? master : target) },
          {
            key: 'known',
            head: 'Known from',
            wide: true,
            cell: (row) => `${row.declared ? 'the schema' : 'the policy'}${row.required ? ', required' : ''}`,
          },
          {
            key: 'orphans',
            head: 'Lead nowhere',
            align: 'right',
            cell: (row) =>
              row.orphans > 0 ? (
                <StatusDot status="drift" label={formatCount(row.orphans)} />
              ) : (
                <span className="text-ink-faint">0</span>
              ),
          },
          {
            key: 'empty',
            head: 'Refer to nothing',
            align: 'right',
            cell: (row) => <span className="text-ink-soft">{formatCount(row.empty)}</span>,
          },
          {
            key: 'samples',
            head: 'For example',
            wide: true,
            cell: (row) => (
              <span className="font-mono text-xs wrap-anywhere">{row.samples.slice(0, 3).join('; ')}</span>
            ),
          },
        ]}
      />
    </Panel>
  )
}
