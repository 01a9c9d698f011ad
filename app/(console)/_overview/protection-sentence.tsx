'use client'

import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { classNames } from '#components/ui/class-names.ts'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { RunningClock, useNow } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { formatRelative, formatUtc } from '#lib/format/format-time.ts'
import type { Overview } from '#lib/overview/types.ts'

type Shown = Wire<Overview>
type Tone = 'good' | 'warn' | 'bad'

const edges: Record<Tone, string> = {
  good: 'border-l-good',
  warn: 'border-l-warn',
  bad: 'border-l-bad-strong bg-bad-tint',
}
const inks: Record<Tone, string> = { good: 'text-good', warn: 'text-warn', bad: 'text-bad' }

const toneOf = (value: number, limit: number): Tone =>
  value <= limit ? 'good' : value <= 2 * limit ? 'warn' : 'bad'

/** A number of the sentence: coloured by its objective, linked to the record that proves it. */
function Evidence({
  href,
  tone,
  title,
  children,
}: {
  href: string
  tone: Tone
  title: string
  children: ReactNode
}) {
  return (
    <Link
      href={href}
      title={title}
      className={classNames(
        'font-semibold whitespace-nowrap underline decoration-current/40 decoration-1 underline-offset-4 hover:decoration-current',
        inks[tone],
      )}
    >
      {children}
    </Link>
  )
}

/** The sentence: what would be lost, how soon it would be back, and when that was last proven. */
export function ProtectionSentence({ overview, readAt }: { overview: Shown; readAt: number }) {
  const now = useNow(15_000)
  const { target, protection, incident, firing, attention, coverage } = overview
  const { archive, snapshot, proof, objectives } = protection
  const isControl = overview.control?.name === target.name
  const of = `?target=${encodeURIComponent(target.name)}`
  // In the first paint the browser's clock is not known; the moment of the server's reading stands in for it.
  const clock = now || readAt
  const exposureMs = archive ? Math.max(0, clock - Date.parse(archive.takenAt)) : null
  const proofAgeMs = proof ? Math.max(0, clock - Date.parse(proof.at)) : null

  const tone: Tone =
    incident || !archive || firing.worst === 'CRITICAL' || firing.worst === 'EMERGENCY'
      ? 'bad'
      : attention.length > 0 ||
          (exposureMs ?? 0) > objectives.exposureMs ||
          (proofAgeMs ?? Number.POSITIVE_INFINITY) > objectives.proofMs ||
          !coverage.every(({ guard }) => guard === 'installed')
        ? 'warn'
        : 'good'

  const calm = {
    good: { status: 'healthy', words: 'is protected' },
    warn: { status: 'stale', words: 'needs attention' },
    bad: { status: 'unhealthy', words: archive ? 'needs attention now' : 'is not protected' },
  }[tone]

  return (
    <section
      aria-label="Protection"
      className={classNames(
        'rounded-lg border border-l-4 border-line bg-surface px-5 py-4 shadow-soft',
        edges[tone],
      )}
    >
      {incident ? (
        <p className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-1 text-base font-semibold text-bad">
          <Link
            href={`/incidents/${incident.id}`}
            className="underline decoration-current/40 decoration-1 underline-offset-4 hover:decoration-current"
          >
            Incident #{incident.number} is open: {incident.title}
          </Link>
          <RunningClock since={incident.beganAt} className="rounded bg-bad-strong px-1.5 text-on-bad" />
          {incident.rowsLost === null ? null : (
            <span className="font-normal text-ink">
              {formatCount(incident.rowsLost)} rows lost, {formatCount(incident.rowsRecovered ?? 0)} back
            </span>
          )}
          <Link
            href={`/incidents/${incident.id}`}
            className="ml-auto inline-flex items-center gap-1 rounded bg-bad-strong px-2.5 py-1 text-sm text-on-bad hover:opacity-90 max-sm:ml-0 max-sm:min-h-9"
          >
            {incident.next}
            <ArrowRight aria-hidden className="size-3.5" />
          </Link>
        </p>
      ) : (
        // The same height as the line of an incident, so that nothing jumps when one opens.
        <p className="mb-2 text-base font-semibold">
          <StatusDot status={calm.status} label={`${target.name} ${calm.words}`} />
        </p>
      )}
      <p className="max-w-4xl text-xl leading-8 text-balance" data-sentence>
        {archive && exposureMs !== null ? (
          <>
            If this database died now you would lose at most{' '}
            <Evidence
              href={`/backups/${archive.id}`}
              tone={toneOf(exposureMs, objectives.exposureMs)}
              title={`Since the newest good archive. The policy allows ${formatDuration(objectives.exposureMs)}.`}
            >
              {formatDuration(exposureMs < 60_000 ? exposureMs : Math.floor(exposureMs / 60_000) * 60_000)}
            </Evidence>{' '}
            of data
            {proof ? (
              <>
                {' '}
                and be back in{' '}
                <Evidence
                  href={`/backups${of}#drills`}
                  tone={toneOf(proof.recoveryMs, objectives.recoveryMs)}
                  title={`Measured by the last drill that passed. The policy allows ${formatDuration(objectives.recoveryMs)}.`}
                >
                  {formatDuration(proof.recoveryMs)}
                </Evidence>
                . Proven{' '}
                <Evidence
                  href={`/backups${of}#drills`}
                  tone={toneOf(proofAgeMs ?? 0, objectives.proofMs)}
                  title={`${formatUtc(proof.at)}: the last drill passed. The policy wants one every ${formatDuration(objectives.proofMs)}.`}
                >
                  {formatRelative(proof.at, clock)}
                </Evidence>
                .
              </>
            ) : (
              <>
                , and nobody knows how long it would take to be back:{' '}
                <Evidence href={`/backups${of}#drills`} tone="bad" title="No drill has passed yet.">
                  no restore was ever proven
                </Evidence>
                .
              </>
            )}
          </>
        ) : (
          <>
            If this database died now{' '}
            <Evidence href={`/backups${of}`} tone="bad" title="There is no good archive.">
              all of it would be lost
            </Evidence>
            : there is no archive outside it.
          </>
        )}
      </p>
      <p className="mt-1 text-sm text-ink-soft">
        {isControl ? (
          'Holdfast’s own database: it comes back as a whole, from its archive and the recovery kit.'
        ) : snapshot ? (
          <>
            Rows deleted by mistake can be put back as they were{' '}
            <Link href={`/backups/${snapshot.id}`} className="underline underline-offset-2">
              {formatRelative(snapshot.takenAt, clock)}
            </Link>
            , by the newest snapshot of the protected tables.
          </>
        ) : (
          'No snapshot of the protected tables: a careless delete can be undone from the archive or the guards’ journal only.'
        )}
      </p>
    </section>
  )
}
