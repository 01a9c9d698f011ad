import { ChevronRight, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Narrow } from '#components/operations/narrow.ts'
import { TablePlan } from '#components/operations/table-plan.tsx'
import { Code } from '#components/ui/code.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { PlannedTable, PlanSummary } from '#lib/operations/types.ts'

const isTouched = (table: PlannedTable): boolean =>
  table.missing + table.changed + table.extra + table.newer > 0 || table.notes.length > 0

/** What exactly will be done: table by table with samples, what to know before, and the SQL. */
export function PlanPreview({
  summary,
  withSentence = true,
  narrowing,
}: {
  summary: PlanSummary
  /** Leave it out where the page's title says it already. */
  withSentence?: boolean
  /** Lets rows and tables be ticked for a smaller plan. */
  narrowing?: { narrow: Narrow; onChange(narrow: Narrow): void } | undefined
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
            <div className="flex flex-wrap gap-x-1.5">
              <dt className="text-ink-faint">Estimated</dt>
              <dd>
                {formatDuration(summary.estimateMs)}
                {summary.estimateFrom ? (
                  <span className="text-ink-soft"> ({summary.estimateFrom})</span>
                ) : null}
              </dd>
            </div>
          ) : null}
        </dl>
      ) : null}
      {summary.warnings.length > 0 ? (
        <ul className="grid gap-1">
          {summary.warnings.map((warning) => (
            <li key={warning} className="flex gap-2 rounded-md bg-warn-tint px-3 py-1.5 text-sm">
              <TriangleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-warn" />
              <span className="min-w-0 break-words">{warning}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {touched.length > 0 ? (
        <ul className="divide-y divide-line overflow-hidden rounded-md border border-line">
          {touched.map((table) => (
            <li key={table.table}>
              <TablePlan table={table} narrowing={narrowing} />
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
      <Sentences title="Not covered by it" lines={summary.notCovered ?? []} open />
      <Sentences title="Locks while it runs" lines={summary.locks ?? []} />
      {summary.statements.length > 0 ? (
        <Fold title="The exact SQL">
          <Code label="SQL">{summary.statements.join(';\n\n') + ';'}</Code>
        </Fold>
      ) : null}
    </div>
  )
}

function Sentences({
  title,
  lines,
  open = false,
}: {
  title: string
  lines: readonly string[]
  open?: boolean
}) {
  if (lines.length === 0) return null
  return (
    <Fold title={`${title} (${lines.length})`} open={open}>
      <ul className="list-disc pl-5 text-sm text-ink-soft">
        {lines.map((line) => (
          <li key={line} className="break-words">
            {line}
          </li>
        ))}
      </ul>
    </Fold>
  )
}

function Fold({ title, open = false, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details open={open} className="group">
      <summary className="flex min-h-8 cursor-pointer items-center gap-1 text-sm text-accent max-sm:min-h-11">
        <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
        {title}
      </summary>
      {children}
    </details>
  )
}
