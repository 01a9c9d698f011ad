import { ChevronRight } from 'lucide-react'
import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Badge, type Tone } from '#components/ui/badge.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { GuardEvent } from '#lib/guards/event-queries.ts'
import { type EventGroup, groupEvents } from '#lib/guards/group-events.ts'
import { originOf, StatementText } from './event-origin.tsx'
import { kindWords } from './event-words.ts'
import type { GuardsData } from './guards-data.ts'
import { UndoDelete } from './undo-delete.tsx'

type Event = Wire<GuardEvent>
type Group = EventGroup<Event>

const tones: Record<string, Tone> = {
  overwritten: 'warn',
  permitted: 'accent',
  expired: 'plain',
  forgotten: 'warn',
  tampered: 'bad',
}

/** Of these nothing was lost in this moment, so there are no rows to tell and none to put back. */
const isOfRows = (kind: string): boolean => ['deleted', 'overwritten', 'permitted'].includes(kind)

/** What was let go, newest first; transactions of one origin within minutes are one line, to unfold. */
export function DeletesTable({ events, data }: { events: readonly Event[]; data: GuardsData }) {
  return (
    <ol aria-label="Deleted and overwritten rows">
      {groupEvents(events).map((group) => (
        <li key={group.key} className="border-b border-line px-4 py-2.5 last:border-b-0 hover:bg-raised">
          <Line group={group} data={data} />
        </li>
      ))}
    </ol>
  )
}

function Line({ group, data }: { group: Group; data: GuardsData }) {
  const newest = group.events[0]!
  const kind = group.kinds[0]!
  const isLost = group.events.some((event) => event.journalProblem !== null)
  return (
    <details className="group/line min-w-0">
      <summary className="flex cursor-pointer list-none flex-wrap items-center gap-x-3 gap-y-1">
        <ChevronRight
          aria-hidden
          className="size-3.5 shrink-0 text-ink-faint transition-transform group-open/line:rotate-90"
        />
        {kind === 'tampered' && group.events.length > 1 ? (
          <span className="text-sm">{countOf(group.events.length, 'table')}</span>
        ) : (
          <TableNameText name={newest.table} />
        )}
        <span className="text-sm font-medium">
          {isOfRows(kind) ? (group.rows === null ? 'rows not known' : countOf(group.rows, 'row')) : null}
        </span>
        {isOfRows(kind) && group.events.length > 1 ? (
          <span className="text-xs text-ink-faint">in {group.events.length} transactions</span>
        ) : null}
        {tones[kind] ? <Badge tone={tones[kind]}>{kindWords(kind)}</Badge> : null}
        {isLost ? <Badge tone="bad">not in the journal</Badge> : null}
        <span className="min-w-0 text-xs break-words text-ink-soft">{originOf(newest)}</span>
        <span className="ml-auto text-xs whitespace-nowrap text-ink-soft">
          <Time at={group.lastAt} />
        </span>
      </summary>
      <div className="mt-2 grid gap-2 pl-6 max-sm:pl-0">
        {kind === 'tampered' ? <GuardChanges events={group.events} /> : null}
        {group.statements.slice(0, 3).map((statement) => (
          <StatementText key={statement}>{statement}</StatementText>
        ))}
        <AllowedBy events={group.events} isUnused={kind === 'expired'} />
        {isOfRows(kind) ? (
          <UndoDelete
            targetId={data.target.id}
            role={data.role}
            table={newest.table}
            isOverwritten={kind === 'overwritten'}
            transactions={group.events}
          />
        ) : null}
        {isOfRows(kind) ? <Transactions events={group.events} /> : null}
      </div>
    </details>
  )
}

/** The permits and operations without which it would have been refused. */
function AllowedBy({ events, isUnused }: { events: readonly Event[]; isUnused: boolean }) {
  const ids = [...new Set(events.flatMap((event) => event.operationId ?? []))]
  if (ids.length === 0) return null
  return (
    <p className="flex flex-wrap gap-x-3 text-xs text-ink-soft">
      {isUnused ? 'Nobody used what was allowed by' : 'Allowed by'}
      {ids.slice(0, 5).map((id) => (
        <Link key={id} href={`/operations/${id}`} className="text-accent hover:underline">
          operation {id.slice(0, 8)}
        </Link>
      ))}
    </p>
  )
}

/** What was wrong with which guard; what was wrong with all of them once. */
function GuardChanges({ events }: { events: readonly Event[] }) {
  const tables = new Map<string, string[]>()
  for (const event of events) {
    for (const problem of event.problems) tables.set(problem, [...(tables.get(problem) ?? []), event.table])
  }
  return (
    <ul className="grid gap-1 text-xs">
      {[...tables].map(([problem, names]) => (
        <li key={problem}>
          <span className="text-bad">{problem}</span>{' '}
          <span className="break-words text-ink-soft">{names.join(', ')}</span>
        </li>
      ))}
    </ul>
  )
}

function Transactions({ events }: { events: readonly Event[] }) {
  return (
    <ol
      aria-label="Transactions"
      className="grid max-h-96 overflow-y-auto rounded-md border border-line text-xs"
    >
      {events.map((event) => (
        <li
          key={event.id}
          className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5 last:border-b-0"
        >
          <Time at={event.at} exact className="text-ink-soft" />
          <span>{event.rows === null ? 'rows not known' : countOf(event.rows, 'row')}</span>
          {event.statements !== null && event.statements > 1 ? (
            <span className="text-ink-faint">{countOf(event.statements, 'statement')}</span>
          ) : null}
          {event.transactionId ? (
            <span className="text-ink-faint">transaction {event.transactionId}</span>
          ) : null}
          {event.journalProblem ? <span className="text-bad">{event.journalProblem}</span> : null}
        </li>
      ))}
    </ol>
  )
}
