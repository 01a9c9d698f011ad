import { ChevronRight, TriangleAlert } from 'lucide-react'
import { SampleRows } from '#components/operations/sample-rows.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Code } from '#components/ui/code.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { PlannedTable, PlanSummary } from '#lib/operations/types.ts'

const differences = [
  { field: 'missing', tone: 'bad', about: 'in the backup, not in live' },
  { field: 'changed', tone: 'warn', about: 'in both, with other values' },
  { field: 'extra', tone: 'plain', about: 'in live only; stays' },
  { field: 'newer', tone: 'accent', about: 'made after the backup; stays' },
] as const

const isTouched = (table: PlannedTable): boolean =>
  differences.some(({ field }) => table[field] > 0) || table.notes.length > 0

/** What exactly will be done: table by table with samples, what to know before, and the SQL. */
export function PlanPreview({
  summary,
  withSentence = true,
}: {
  summary: PlanSummary
  /** Leave it out where the page's title says it already. */
  withSentence?: boolean
}) {
  const touched = summary.tables.filter(isTouched)
  const same = summary.tables.filter((table) => !isTouched(table))
  return (
    <div className="grid gap-3">
      {withSentence ? <p className="text-base">{summary.sentence}</p> : null}
      {summary.promisedRows > 0 || summary.estimateMs !== null ? (
        <dl className="flex flex-wrap gap-x-6 gap-y-1 text-sm">
          {summary.promisedRows > 0 ? (
            <div className="flex gap-1.5">
              <dt className="text-ink-faint">Promised</dt>
              <dd className="font-medium">{formatCount(summary.promisedRows)} rows, exactly</dd>
            </div>
          ) : null}
          {summary.estimateMs !== null ? (
            <div className="flex gap-1.5">
              <dt className="text-ink-faint">Estimated</dt>
              <dd>{formatDuration(summary.estimateMs)}</dd>
            </div>
          ) : null}
        </dl>
      ) : null}
      {summary.warnings.length > 0 ? (
        <ul className="grid gap-1">
          {summary.warnings.map((warning) => (
            <li key={warning} className="flex gap-2 rounded-md bg-warn-tint px-3 py-1.5 text-sm">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
              <span className="min-w-0">{warning}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {touched.length > 0 ? (
        <ul className="divide-y divide-line overflow-hidden rounded-md border border-line">
          {touched.map((table) => (
            <li key={table.table}>
              <TablePlan table={table} />
            </li>
          ))}
        </ul>
      ) : null}
      {same.length > 0 ? (
        <p className="text-sm text-ink-soft">
          Compared and without a difference:{' '}
          <span className="font-mono text-xs break-words">{same.map(({ table }) => table).join(', ')}</span>
        </p>
      ) : null}
      {summary.statements.length > 0 ? (
        <details className="group">
          <summary className="flex min-h-8 cursor-pointer items-center gap-1 text-sm text-accent max-sm:min-h-11">
            <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
            The exact SQL
          </summary>
          <Code label="SQL">{summary.statements.join(';\n\n') + ';'}</Code>
        </details>
      ) : null}
    </div>
  )
}

function TablePlan({ table }: { table: PlannedTable }) {
  const counted = differences.filter(({ field }) => table[field] > 0)
  const head = (
    <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
      <span className="mr-auto min-w-0 font-mono text-[13px] break-all">{table.table}</span>
      {counted.map(({ field, tone, about }) => (
        <Badge key={field} tone={tone} title={about}>
          {formatCount(table[field])} {field}
        </Badge>
      ))}
      {counted.length === 0 && table.samples.length === 0 ? (
        <span className="text-xs text-ink-faint">no difference</span>
      ) : null}
    </span>
  )
  if (table.samples.length === 0 && table.notes.length === 0) {
    return <div className="flex min-h-11 items-center px-3 py-2 pl-9">{head}</div>
  }
  return (
    <details className="group">
      <summary className="flex min-h-11 cursor-pointer items-center gap-2 px-3 py-2 hover:bg-raised">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-ink-faint transition-transform group-open:rotate-90"
        />
        {head}
      </summary>
      <div className="grid gap-3 border-t border-line bg-raised px-3 py-3">
        {table.notes.length > 0 ? (
          <ul className="list-disc pl-5 text-sm text-ink-soft">
            {table.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        ) : null}
        <SampleRows samples={table.samples} withKind={counted.length > 0} />
      </div>
    </details>
  )
}
