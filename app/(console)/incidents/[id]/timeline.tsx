'use client'

import {
  BellRing,
  ClipboardCheck,
  Flag,
  HardDrive,
  HeartPulse,
  type LucideIcon,
  MessageSquare,
  OctagonX,
  Rocket,
  ShieldAlert,
  TestTubeDiagonal,
} from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { classNames } from '#components/ui/class-names.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { IncidentData } from './incident-screen.tsx'

type Entry = IncidentData['timeline'][number]
type Kind = Entry['kind']

const looks: Record<Kind, { icon: LucideIcon; title: string; tone: string }> = {
  incident: { icon: Flag, title: 'Incident', tone: 'text-accent' },
  note: { icon: MessageSquare, title: 'Notes', tone: 'text-accent' },
  alert: { icon: BellRing, title: 'Alerts', tone: 'text-ink-soft' },
  health: { icon: HeartPulse, title: 'Checks', tone: 'text-warn' },
  guard: { icon: ShieldAlert, title: 'Guards', tone: 'text-bad' },
  operation: { icon: ClipboardCheck, title: 'Operations', tone: 'text-accent' },
  backup: { icon: HardDrive, title: 'Backups', tone: 'text-ink-soft' },
  drill: { icon: TestTubeDiagonal, title: 'Drills', tone: 'text-ink-soft' },
  deployment: { icon: Rocket, title: 'Deployments', tone: 'text-ink-soft' },
  refusal: { icon: OctagonX, title: 'Refusals', tone: 'text-warn' },
}

const turns = { worse: 'text-bad', better: 'text-good' }

const kinds = Object.keys(looks) as Kind[]

/** Newest first, as people follow it; filters by what it is. */
export function Timeline({ entries, since }: { entries: Entry[]; since: string }) {
  const [hidden, setHidden] = useState<readonly Kind[]>([])
  const present = kinds.filter((kind) => entries.some((entry) => entry.kind === kind))
  const shown = entries.filter((entry) => !hidden.includes(entry.kind)).reverse()
  const toggle = (kind: Kind) =>
    setHidden(hidden.includes(kind) ? hidden.filter((each) => each !== kind) : [...hidden, kind])
  return (
    <>
      <fieldset className="flex flex-wrap gap-1.5 border-b border-line px-4 py-2" data-no-print>
        <legend className="sr-only">Show</legend>
        {present.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={!hidden.includes(kind)}
            onClick={() => toggle(kind)}
            className={classNames(
              'rounded-full border px-2 py-0.5 text-xs',
              hidden.includes(kind)
                ? 'border-line text-ink-faint line-through'
                : 'border-line-strong bg-sunken text-ink-soft',
            )}
          >
            {looks[kind].title} {entries.filter((entry) => entry.kind === kind).length}
          </button>
        ))}
      </fieldset>
      {shown.length === 0 ? (
        <EmptyState title={entries.length === 0 ? 'Nothing is recorded yet' : 'All kinds are hidden'} />
      ) : (
        <ol className="min-w-0">
          {shown.map((entry) => (
            <Row key={entry.key} entry={entry} since={since} />
          ))}
        </ol>
      )}
    </>
  )
}

function Row({ entry, since }: { entry: Entry; since: string }) {
  const { icon: Icon, tone, title } = looks[entry.kind]
  const offsetMs = Date.parse(entry.at) - Date.parse(since)
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
              'break-words whitespace-pre-wrap text-ink-soft',
              entry.kind === 'guard' ? 'line-clamp-2 font-mono text-xs' : 'line-clamp-6 text-sm',
            )}
          >
            {entry.detail}
          </p>
        ) : null}
        {entry.actor ? (
          <p className="text-xs break-all text-ink-faint">{formatActorName(entry.actor)}</p>
        ) : null}
      </div>
    </li>
  )
}
