import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
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
  const told = references.filter(({ orphans, empty }) => orphans + empty > 0)
  const words =
    lost.length === 0
      ? 'On both sides every reference leads to a row, or refers to nothing'
      : `Of ${countOf(references.length, 'reference')} on both sides, ${lost.length} ${lost.length === 1 ? 'leads' : 'lead'} nowhere in some rows`
  return (
    <Panel title="References" about={words} flush>
      {told.length > 0 ? <References rows={told} master={master} target={target} /> : null}
      {told.length < references.length ? (
        <details className="px-4 py-2">
          <summary className="cursor-pointer text-sm text-ink-soft">
            {countOf(references.length - told.length, 'reference')} in which every row leads to another
          </summary>
          <References
            rows={references.filter((one) => !told.includes(one))}
            master={master}
            target={target}
          />
        </details>
      ) : null}
    </Panel>
  )
}

function References({
  rows,
  master,
  target,
}: {
  rows: readonly Reference[]
  master: string
  target: string
}) {
  return (
    <Table
      label="References"
      rows={rows}
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
  )
}
