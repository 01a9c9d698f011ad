'use client'

import { seriesColours } from '#components/charts/chart-format.ts'
import { timeTickText } from '#components/charts/time-ticks.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { useNow } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { barHours, foldHours } from './fold-hours.ts'
import type { EventHistory } from './use-guard-events.ts'

const height = 96
const mostTables = seriesColours.length

/** Events over time as upright bars, by hour or by day of the viewer's zone, stacked by table. */
export function EventChart({
  history,
  days,
  noun,
  measure,
}: {
  history: EventHistory | null
  days: number
  noun: string
  /** Attempts are counted; what was let go is measured in rows. */
  measure: 'events' | 'rows'
}) {
  const now = useNow(60_000)
  // The server does not know the viewer's zone, so the bars come with the browser.
  if (!history || now === 0) return <Skeleton className="h-32 w-full" />
  const { bars, tables, total } = foldHours(history.hours, { now, days, measure, mostTables })
  const highest = Math.max(...bars.map((bar) => bar.total))
  const span = days * 86_400_000
  const text = (at: number) => timeTickText(at, span)
  const step = barHours(days)
  const exactly = (at: number) => (step === 6 ? `${text(at)}, ${timeTickText(at, 0)}` : text(at))
  if (total === 0) {
    return (
      <p className="grid h-20 place-items-center rounded-md border border-dashed border-line-strong text-sm text-ink-faint">
        Nothing in the {days === 1 ? 'last 24 hours' : `last ${days} days`}
      </p>
    )
  }
  const told = (bar: (typeof bars)[number]) =>
    `${exactly(bar.at)}: ${countOf(bar.total, noun)}${bar.parts.length > 0 ? ` (${bar.parts.map((part) => `${part.table} ${formatCount(part.value)}`).join(', ')})` : ''}`
  return (
    <figure className="min-w-0">
      <ol aria-label={`${noun}s over time`} className="flex items-end gap-px" style={{ height }}>
        {bars.map((bar) => (
          <li
            key={bar.at}
            title={told(bar)}
            className="flex h-full min-w-0 flex-1 flex-col-reverse rounded-t-[2px] bg-sunken"
          >
            {bar.parts.map((part) => (
              <span
                key={part.table}
                aria-hidden
                className="w-full border-t border-surface last:rounded-t-[2px]"
                style={{
                  height: `${Math.max((part.value / highest) * 100, 3)}%`,
                  background: seriesColours[tables.indexOf(part.table) % mostTables],
                }}
              />
            ))}
            {bar.total > 0 ? <span className="sr-only">{told(bar)}</span> : null}
          </li>
        ))}
      </ol>
      <figcaption className="mt-1 grid gap-1 border-t border-line-strong pt-1 text-2xs text-ink-faint">
        <span className="flex justify-between gap-3">
          <span>{text(bars[0]!.at)}</span>
          <span>
            {countOf(total, noun)}, highest {formatCount(highest)} in{' '}
            {step === 1 ? 'an hour' : step === 6 ? '6 hours' : 'a day'}
          </span>
          <span>{text(bars.at(-1)!.at)}</span>
        </span>
        <span className="flex flex-wrap gap-x-3 gap-y-0.5">
          {tables.map((table, index) => (
            <span key={table} className="inline-flex items-center gap-1">
              <span
                aria-hidden
                className="size-2 rounded-[2px]"
                style={{ background: seriesColours[index % mostTables] }}
              />
              {table}
            </span>
          ))}
        </span>
      </figcaption>
    </figure>
  )
}
