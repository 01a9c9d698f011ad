import type { Wire } from '#app/_web/wire.ts'
import { CalendarStrip } from '#components/charts/calendar-strip.tsx'
import { drillDayLooks } from '#components/charts/day-looks.ts'
import { Panel, Stat } from '#components/ui/card.tsx'
import { Progress } from '#components/ui/progress.tsx'
import type { DrillStreak } from '#lib/backups/drills/drill-streak.ts'
import { countOf } from '#lib/format/format-count.ts'

/** Days in a row with a passed drill, beside the goal. */
export function StreakPanel({
  streak,
  timeZone,
  isDaily,
}: {
  streak: Wire<DrillStreak>
  timeZone: string
  /** Whether the schedule drills every day. */
  isDaily: boolean
}) {
  const { currentDays, longestDays, goalDays, days } = streak
  const reached = currentDays >= goalDays
  return (
    <Panel
      title="The streak"
      about={`Days in a row, in ${timeZone}, with a passed drill and no failed one. A day without any drill ends it; one whose drills were all inconclusive neither ends nor lengthens it.`}
    >
      <div className="grid gap-3">
        <div className="grid grid-cols-3 gap-4">
          <Stat label="Now" value={countOf(currentDays, 'day')} tone={reached ? 'good' : 'plain'} />
          <Stat label="Longest" value={countOf(longestDays, 'day')} note="of the last 400 days" />
          <Stat
            label="Goal"
            value={countOf(goalDays, 'day')}
            note={reached ? 'reached' : `${countOf(goalDays - currentDays, 'day')} to go`}
          />
        </div>
        <Progress done={Math.min(currentDays, goalDays)} total={goalDays} label="Days of the goal" />
        {isDaily ? null : (
          <p className="text-xs text-ink-soft">
            The schedule does not drill every day, so by itself it makes no streak.
          </p>
        )}
        <CalendarStrip days={days} looks={drillDayLooks} label="Drills by day" />
      </div>
    </Panel>
  )
}
