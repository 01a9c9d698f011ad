'use client'

import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { CalendarStrip, type DayState } from '#components/charts/calendar-strip.tsx'
import { TrendBars } from '#components/charts/trend-bars.tsx'
import { Panel } from '#components/ui/card.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { Overview } from '#lib/overview/types.ts'

type Shown = Wire<Overview>

type Day = Shown['calendar'][number]

function stateOf({ archives, snapshots, failed, underProtection }: Day): DayState {
  if (archives > 0) return failed > 0 ? 'partial' : 'good'
  if (failed > 0) return 'failed'
  if (snapshots > 0) return 'partial'
  return underProtection ? 'none' : 'before'
}

const labelOf = ({ archives, snapshots, failed, underProtection }: Day): string =>
  [
    archives > 0 ? countOf(archives, 'archive') : underProtection ? 'no archive' : 'not protected yet',
    snapshots > 0 ? countOf(snapshots, 'snapshot') : '',
    failed > 0 ? `${failed} failed` : '',
  ]
    .filter(Boolean)
    .join(', ')

const seeAll = (href: string, label: string) => (
  <Link href={href} className="text-xs font-medium text-accent hover:underline">
    {label}
  </Link>
)

/** Which of the last days an archive covers. */
export function BackupPanel({ overview: { calendar, target } }: { overview: Shown }) {
  const of = `?target=${encodeURIComponent(target.name)}`
  const days = calendar.filter(({ underProtection, archives }) => underProtection || archives > 0)
  const covered = days.filter(({ archives }) => archives > 0).length
  return (
    <Panel
      title="Backups, 30 days"
      about={`A good archive on ${covered} of ${countOf(days.length, 'day')} under protection.`}
      actions={seeAll(`/backups${of}`, 'All backups')}
    >
      <CalendarStrip
        label="Backups by day"
        days={calendar.map((day) => ({ day: day.day, state: stateOf(day), label: labelOf(day) }))}
      />
    </Panel>
  )
}

/** How long each drill took from nothing to a proven database. */
export function RecoveryPanel({ overview: { drills, target, protection } }: { overview: Shown }) {
  const of = `?target=${encodeURIComponent(target.name)}`
  const { recoveryMs } = protection.objectives
  return (
    <Panel
      title="Recovery time"
      about="Measured by the last drills."
      actions={seeAll(`/backups${of}#drills`, 'All drills')}
    >
      {drills.length === 0 ? (
        <p className="text-ink-soft">No drill has run yet, so the recovery time is unknown.</p>
      ) : (
        <TrendBars
          label="Recovery time by drill"
          format="duration"
          // A target far above every measurement would flatten the bars to nothing.
          {...(drills.some(({ recoveryMs: took }) => took !== null && took * 4 > recoveryMs)
            ? { target: { value: recoveryMs, label: `target ${formatDuration(recoveryMs)}` } }
            : {})}
          bars={drills.map((drill) => ({
            key: drill.id,
            label: `${drill.finishedAt.slice(5, 10)} ${drill.verdict}`,
            value: drill.verdict === 'passed' ? drill.recoveryMs : null,
            tone: drill.recoveryMs !== null && drill.recoveryMs > recoveryMs ? 'warn' : 'accent',
          }))}
        />
      )}
      <p className="mt-2 text-xs text-ink-faint">The policy allows {formatDuration(recoveryMs)}.</p>
    </Panel>
  )
}
