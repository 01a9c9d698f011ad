'use client'

import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { CalendarStrip } from '#components/charts/calendar-strip.tsx'
import { backupDayLooks } from '#components/charts/day-looks.ts'
import { TrendBars } from '#components/charts/trend-bars.tsx'
import { Panel } from '#components/ui/card.tsx'
import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { Overview } from '#lib/overview/types.ts'

type Shown = Wire<Overview>

const seeAll = (href: string, label: string) => (
  <Link href={href} className="text-xs font-medium text-accent hover:underline">
    {label}
  </Link>
)

/** Which of the last days an archive covers. */
export function BackupPanel({ overview: { calendar, target } }: { overview: Shown }) {
  const of = `?target=${encodeURIComponent(target.name)}`
  const days = calendar.filter(({ state }) => state !== 'before')
  const covered = days.filter(({ state }) => state === 'proven' || state === 'good').length
  return (
    <Panel
      title="Backups, 30 days"
      about={`A good archive on ${covered} of ${countOf(days.length, 'day')} under protection.`}
      actions={seeAll(`/backups${of}`, 'All backups')}
    >
      <CalendarStrip label="Backups by day" days={calendar} looks={backupDayLooks} />
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
      actions={seeAll(`/backups/drills${of}`, 'All drills')}
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
