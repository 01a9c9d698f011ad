import { ChevronRight, ShieldX } from 'lucide-react'
import type { Wire } from '#app/_web/wire.ts'
import { Badge } from '#components/ui/badge.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { GuardEvent } from '#lib/guards/event-queries.ts'
import { type EventGroup, groupEvents } from '#lib/guards/group-events.ts'
import { originOf, StatementText } from './event-origin.tsx'
import { kindWords } from './event-words.ts'

type Attempt = Wire<GuardEvent>

const deeds = { delete: 'Deleting', update: 'Overwriting' } as const

function titleOf(group: EventGroup<Attempt>): string {
  const { events } = group
  if (events.length > 1) {
    const span = Date.parse(group.lastAt) - Date.parse(group.firstAt)
    return `${countOf(events.length, 'attempt')} in ${formatDuration(Math.max(span, 1_000))}`
  }
  const { rows, act } = events[0]!
  if (rows === null) return 'Refused'
  return act === null ? `${countOf(rows, 'row')} refused` : `${deeds[act]} ${countOf(rows, 'row')} refused`
}

/** `12 to 4,310 rows each`, for what was tried again and again. */
function rowsOf(events: readonly Attempt[]): string | null {
  const sizes = events.flatMap((event) => (event.rows === null ? [] : [event.rows]))
  if (events.length === 1 || sizes.length === 0) return null
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  return least === most ? `${countOf(least, 'row')} each` : `${formatCount(least)} to ${countOf(most, 'row')}`
}

function Attempts({ events }: { events: readonly Attempt[] }) {
  return (
    <details className="group/attempts min-w-0 text-xs">
      <summary className="inline-flex cursor-pointer list-none items-center gap-1 text-accent">
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/attempts:rotate-90" />
        Each attempt
      </summary>
      <ol className="mt-1 grid max-h-72 overflow-y-auto rounded-md border border-line">
        {events.map((event) => (
          <li
            key={event.id}
            className="flex flex-wrap gap-x-3 border-b border-line px-3 py-1 last:border-b-0"
          >
            <Time at={event.at} exact className="text-ink-soft" />
            <span>{event.rows === null ? 'rows not known' : countOf(event.rows, 'row')}</span>
            <span className="text-ink-faint">{kindWords(event.kind)}</span>
          </li>
        ))}
      </ol>
    </details>
  )
}

/** What the guards refused, newest first; what one origin repeated is one entry. */
export function BlockedTimeline({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <ol aria-label="Refused attempts">
      {groupEvents(attempts).map((group) => {
        const newest = group.events[0]!
        const origin = originOf(newest)
        const rows = rowsOf(group.events)
        return (
          <li key={group.key} className="flex gap-3 border-b border-line px-4 py-3 last:border-b-0">
            <ShieldX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
            <div className="grid min-w-0 flex-1 gap-1.5">
              <p className="flex flex-wrap items-baseline gap-x-2 gap-y-1 text-sm">
                <span className="font-medium">{titleOf(group)}</span>
                <TableNameText name={newest.table} />
                {rows ? <span className="text-xs text-ink-soft">{rows}</span> : null}
                {group.kinds.map((kind) => (
                  <Badge key={kind} tone="bad">
                    {kindWords(kind)}
                  </Badge>
                ))}
                <span className="ml-auto text-xs text-ink-soft">
                  <Time at={group.lastAt} />
                </span>
              </p>
              <p className="text-xs break-words text-ink-soft">
                {origin ? (
                  <>by {origin}</>
                ) : (
                  'Counted by a sequence that does not roll back; who and what could not be recorded.'
                )}
              </p>
              {group.statements.slice(0, 3).map((statement) => (
                <StatementText key={statement}>{statement}</StatementText>
              ))}
              {group.statements.length > 3 ? (
                <p className="text-xs text-ink-faint">and {group.statements.length - 3} other statements</p>
              ) : null}
              {group.events.length > 1 ? <Attempts events={group.events} /> : null}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
