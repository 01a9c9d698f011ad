'use client'

import { Pin, PinOff } from 'lucide-react'
import Link from 'next/link'
import { useAction } from '#app/_web/use-action.ts'
import { classNames } from '#components/ui/class-names.ts'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { pinEntryAction } from '../actions.ts'
import { CorrectNote } from './correct-note.tsx'
import type { IncidentData } from './incident-screen.tsx'
import { kindLooks } from './timeline-looks.ts'

type Entry = IncidentData['timeline']['entries'][number]

const turns = { worse: 'text-bad', better: 'text-good' }

export function TimelineRow({
  entry,
  data,
  isPinned,
}: {
  entry: Entry
  data: IncidentData
  isPinned: boolean
}) {
  const { icon: Icon, tone, title } = kindLooks[entry.kind]
  const { incident, role } = data
  const offsetMs = Date.parse(entry.at) - Date.parse(incident.beganAt)
  const isOpen = incident.status !== 'closed'
  return (
    <li className="flex min-w-0 gap-3 border-b border-line px-4 py-2.5 last:border-b-0">
      <Icon
        aria-label={title}
        className={classNames('mt-0.5 size-4 shrink-0', entry.turn ? turns[entry.turn] : tone)}
      />
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-baseline justify-between gap-x-3">
          <p className="min-w-0 text-sm font-medium break-words">
            {entry.href ? (
              <Link href={entry.href} className="hover:underline">
                {entry.title}
              </Link>
            ) : (
              entry.title
            )}
          </p>
          <p className="text-xs whitespace-nowrap text-ink-faint">
            <Time at={entry.at} exact /> · {offsetMs < 0 ? '−' : '+'}
            {formatDuration(Math.abs(offsetMs))}
          </p>
        </div>
        {entry.detail ? (
          <p
            className={classNames(
              'break-words whitespace-pre-wrap text-ink-soft print:line-clamp-none',
              entry.kind === 'guard' ? 'line-clamp-2 font-mono text-xs' : 'line-clamp-6 text-sm',
            )}
          >
            {entry.detail}
          </p>
        ) : null}
        <p className="flex flex-wrap items-center gap-x-2 text-xs text-ink-faint">
          {entry.times && entry.lastAt ? (
            <span>
              {entry.times} times, last <Time at={entry.lastAt} exact />
            </span>
          ) : null}
          {entry.actor ? <span className="break-all">{formatActorName(entry.actor)}</span> : null}
          {entry.writtenAt ? (
            <span>
              written <Time at={entry.writtenAt} exact />
            </span>
          ) : null}
          {isOpen && entry.kind === 'note' && can(role, 'incidents.note') ? (
            <CorrectNote incidentId={incident.id} noteId={entry.key.slice(entry.key.indexOf(':') + 1)} />
          ) : null}
        </p>
      </div>
      {isOpen && can(role, 'incidents.pin') ? (
        <PinButton incidentId={incident.id} entry={entry} isPinned={isPinned} />
      ) : null}
    </li>
  )
}

function PinButton({ incidentId, entry, isPinned }: { incidentId: string; entry: Entry; isPinned: boolean }) {
  const pinning = useAction(pinEntryAction)
  const Mark = isPinned ? PinOff : Pin
  return (
    <button
      type="button"
      aria-label={`${isPinned ? 'Take the pin out of' : 'Pin'}: ${entry.title}`}
      aria-pressed={isPinned}
      disabled={pinning.pending}
      data-no-print
      onClick={() => void pinning.run({ incidentId, entryKey: entry.key, isPinned: !isPinned })}
      className={classNames(
        '-mr-2 grid size-8 shrink-0 place-items-center rounded hover:bg-sunken hover:text-ink max-sm:size-11',
        isPinned ? 'text-accent' : 'text-ink-faint',
      )}
    >
      <Mark aria-hidden className="size-3.5" />
    </button>
  )
}
