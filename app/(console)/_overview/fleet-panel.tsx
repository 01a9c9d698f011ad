'use client'

import Link from 'next/link'
import type { Loaded } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { environmentFill } from '#components/shell/environment.ts'
import { Panel } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time, useNow } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { Fleet } from '#lib/overview/types.ts'

type Line = Wire<Fleet>['lines'][number]

const looks: Record<Line['status'], { status: string; word: string }> = {
  critical: { status: 'unhealthy', word: 'needs attention now' },
  attention: { status: 'stale', word: 'needs attention' },
  unknown: { status: 'no-data', word: 'not known yet' },
  calm: { status: 'healthy', word: 'calm' },
}

/** An age, coloured only where it is over what the policy allows. */
function Age({
  at,
  limitMs,
  what,
  none,
}: {
  at: string | null
  limitMs: number
  what: string
  none: string
}) {
  const now = useNow(60_000)
  const isOld = at !== null && now > 0 && now - Date.parse(at) > limitMs
  return (
    <span
      title={`The policy allows ${formatDuration(limitMs)}.`}
      className={classNames('whitespace-nowrap', isOld ? 'font-medium text-warn' : 'text-ink-soft')}
    >
      <span className="text-ink-faint">{what} </span>
      {at ? <Time at={at} /> : none}
    </span>
  )
}

function FleetRow({ line, isShown }: { line: Line; isShown: boolean }) {
  const { status, word } = looks[line.status]
  const href = line.incident ? `/incidents/${line.incident.id}` : null
  return (
    <li
      className={classNames(
        'grid items-center gap-x-4 gap-y-0.5 border-b border-line px-4 py-1.5 last:border-b-0',
        'grid-cols-2 sm:grid-cols-[11rem_minmax(0,1fr)_9.5rem_9.5rem]',
      )}
    >
      <Link
        href={`/?target=${encodeURIComponent(line.name)}`}
        aria-current={isShown ? 'page' : undefined}
        className="flex min-w-0 items-center gap-2 font-medium hover:underline max-sm:min-h-7"
      >
        <span
          aria-hidden
          className={classNames('size-2.5 shrink-0 rounded-sm', environmentFill(line.environment))}
        />
        <span className="truncate">{line.name}</span>
        <span className="sr-only">, {line.environment}</span>
      </Link>
      <span className="flex min-w-0 items-center gap-1.5 max-sm:justify-end">
        <StatusDot status={status} label={word} bare={line.because !== null} />
        {line.because === null ? null : href ? (
          <Link href={href} className="truncate font-medium hover:underline">
            {line.because}
          </Link>
        ) : (
          <span className="truncate" title={line.because}>
            {line.because}
          </span>
        )}
      </span>
      <Age at={line.archiveAt} limitMs={line.exposureMs} what="archive" none="none" />
      <span className="max-sm:text-right">
        <Age at={line.provenAt} limitMs={line.proofMs} what="proven" none="never" />
      </span>
    </li>
  )
}

/** Every database in a line, for those who have several: the worst first. */
export function FleetPanel({ loaded, shown }: { loaded: Loaded<Fleet>; shown: string }) {
  const { data } = useLoaded(loaded)
  if (data.lines.filter(({ kind }) => kind === 'application').length < 2) return null
  const more = data.total - data.lines.length
  return (
    <Panel
      title="All databases"
      about={
        data.calm === data.total
          ? `All ${data.total} are calm.`
          : `${data.calm} of ${countOf(data.total, 'database')} ${data.calm === 1 ? 'is' : 'are'} calm.`
      }
      flush
    >
      <ul aria-label="All databases">
        {data.lines.map((line) => (
          <FleetRow key={line.id} line={line} isShown={line.name === shown} />
        ))}
        {more > 0 ? (
          <li className="px-4 py-2 text-ink-soft">
            {more} more, none worse than these.{' '}
            <Link href="/settings" className="font-medium text-accent hover:underline">
              All in Settings
            </Link>
          </li>
        ) : null}
      </ul>
    </Panel>
  )
}
