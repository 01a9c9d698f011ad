import { CircleAlert, CircleCheck } from 'lucide-react'
import type { ReactNode } from 'react'
import { type ProvenTable, readProof } from '#components/operations/read-proof.ts'
import { Code } from '#components/ui/code.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { PlanSummary } from '#lib/operations/types.ts'

const promisedColumn: TableColumn<ProvenTable> = {
  key: 'promised',
  head: 'Promised',
  align: 'right',
  cell: (row) => <Count of={row.promised} />,
}

/** The proof of a run that wrote rows: table by table, then guards, sequences, health, and where a copy is. */
export function ProofTables({
  summary,
  request,
  result,
}: {
  summary: PlanSummary | null
  request: unknown
  result: unknown
}) {
  const proof = readProof(summary, request, result)
  if (!proof) return null
  const { tables, guards, sequences, health, kept, copy } = proof
  const damaged = guards?.filter(({ state }) => state !== 'installed') ?? []
  return (
    <div className="grid gap-3">
      {tables.length > 0 ? (
        <div className="overflow-hidden rounded-md border border-line">
          <Table<ProvenTable>
            label="Promised and done"
            rows={tables}
            rowKey={(row) => row.table}
            columns={[
              {
                key: 'table',
                head: 'Table',
                lead: true,
                cell: (row) => <span className="font-mono text-xs break-all">{row.table}</span>,
              },
              ...(tables.some(({ promised }) => promised !== null) ? [promisedColumn] : []),
              {
                key: 'done',
                head: 'Done',
                align: 'right',
                cell: (row) => (
                  <span
                    className={
                      row.promised === null || row.promised === row.done
                        ? 'font-medium text-good'
                        : 'font-medium text-bad'
                    }
                  >
                    <Count of={row.done} />
                  </span>
                ),
              },
              { key: 'how', head: 'How', cell: (row) => row.how },
              {
                key: 'rows',
                head: 'Rows before and after',
                align: 'right',
                cell: (row) =>
                  row.before === null ? (
                    '—'
                  ) : (
                    <span>
                      <Count of={row.before} /> → <Count of={row.after} />
                    </span>
                  ),
              },
            ]}
          />
        </div>
      ) : null}
      <ul className="grid gap-1.5 text-sm empty:hidden">
        {guards ? (
          <Fact good={damaged.length === 0}>
            {damaged.length === 0
              ? `The guards of ${countOf(guards.length, 'table')} are in place.`
              : `Guards are not in place: ${damaged.map(({ table, state }) => `${table} (${state})`).join(', ')}.`}
          </Fact>
        ) : null}
        {sequences.length > 0 ? (
          <Fact good>
            {countOf(sequences.length, 'sequence')} moved on, none back:{' '}
            <span className="font-mono text-xs break-all">
              {sequences.map(({ sequence, to }) => `${sequence} → ${to}`).join(', ')}
            </span>
          </Fact>
        ) : null}
        {health === 'requested' ? <Fact good>The health checks were asked to run at once.</Fact> : null}
        {health !== null && health !== 'requested' ? (
          <Fact good={false}>No health checks: {health}</Fact>
        ) : null}
        {kept ? (
          <Fact good={!kept.expired}>
            {kept.expired
              ? 'What it would be undone with was kept for its time and is removed by now.'
              : `What it is undone with is kept in the schema ${kept.schema}: ${countOf(kept.rows, 'row')}, counted and checked.`}
          </Fact>
        ) : null}
      </ul>
      {copy ? (
        <div className="grid gap-2">
          <p className="text-sm">
            The rows are in the schema <span className="font-mono text-xs">{copy.schema}</span>:{' '}
            {copy.tables.map(({ table, rows }) => `${countOf(rows, 'row')} of ${table}`).join(', ')}.
          </p>
          {copy.statements.map(({ title, sql }) => (
            <details key={title} className="group">
              <summary className="flex min-h-8 cursor-pointer items-center text-sm text-accent max-sm:min-h-11">
                {title}
              </summary>
              <Code label={title}>{sql}</Code>
            </details>
          ))}
        </div>
      ) : null}
    </div>
  )
}

function Fact({ good, children }: { good: boolean; children: ReactNode }) {
  const Icon = good ? CircleCheck : CircleAlert
  return (
    <li className="flex gap-2">
      <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${good ? 'text-good' : 'text-bad'}`} />
      <span className="min-w-0 break-words">{children}</span>
    </li>
  )
}
