import { ChevronRight } from 'lucide-react'
import { isPicked, type Narrow, toggleRow, toggleTable } from '#components/operations/narrow.ts'
import { SampleRows } from '#components/operations/sample-rows.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { formatCount } from '#lib/format/format-count.ts'
import type { PlannedTable } from '#lib/operations/types.ts'

const differences = [
  { field: 'missing', tone: 'bad', about: 'in the backup, not in live' },
  { field: 'changed', tone: 'warn', about: 'in both, with other values' },
  { field: 'extra', tone: 'plain', about: 'in live only' },
  { field: 'newer', tone: 'accent', about: 'made or changed after the backup' },
] as const

/** One table of a plan: how many rows differ and how, with samples to open. */
export function TablePlan({
  table,
  narrowing,
}: {
  table: PlannedTable
  narrowing?: { narrow: Narrow; onChange(narrow: Narrow): void } | undefined
}) {
  const counted = differences.filter(({ field }) => table[field] > 0)
  const isOut = narrowing?.narrow.out.includes(table.table) ?? false
  const head = (
    <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
      <span
        className={classNames('mr-auto min-w-0 font-mono text-[13px] break-all', isOut && 'line-through')}
      >
        {table.table}
      </span>
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
  if (table.samples.length === 0 && table.notes.length === 0 && !narrowing) {
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
        {narrowing ? (
          <label className="flex min-h-9 items-center gap-2 text-sm max-sm:min-h-11" data-no-print>
            <input
              type="checkbox"
              checked={!isOut}
              onChange={() => narrowing.onChange(toggleTable(narrowing.narrow, table.table))}
              className="size-4 accent-(--accent)"
            />
            Part of the plan
          </label>
        ) : null}
        {table.notes.length > 0 ? (
          <ul className="list-disc pl-5 text-sm text-ink-soft">
            {table.notes.map((note) => (
              <li key={note} className="break-words">
                {note}
              </li>
            ))}
          </ul>
        ) : null}
        <SampleRows
          samples={table.samples}
          withKind={counted.length > 0}
          ticking={
            narrowing && !isOut
              ? {
                  isTicked: (key) => isPicked(narrowing.narrow, table.table, key),
                  onTick: (key) => narrowing.onChange(toggleRow(narrowing.narrow, table.table, key)),
                }
              : undefined
          }
        />
      </div>
    </details>
  )
}
