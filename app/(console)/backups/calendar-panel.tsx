'use client'

import { useRouter } from 'next/navigation'
import type { Wire } from '#app/_web/wire.ts'
import { DayGrid } from '#components/charts/day-grid.tsx'
import { backupDayLooks } from '#components/charts/day-looks.ts'
import { Panel } from '#components/ui/card.tsx'
import type { CoveredDay } from '#lib/backups/calendar.ts'
import { countOf } from '#lib/format/format-count.ts'
import { type ListFilter, listHref } from './list-address.ts'

/** A year of days, each with the best that was taken on it; a day opens its backups in the list. */
export function CalendarPanel({
  days,
  timeZone,
  target,
  filter,
}: {
  days: readonly Wire<CoveredDay>[]
  timeZone: string
  target: string
  filter: ListFilter
}) {
  const router = useRouter()
  const under = days.filter(({ state }) => state !== 'before')
  const covered = under.filter(({ state }) => state === 'proven' || state === 'good').length
  const proven = under.filter(({ state }) => state === 'proven').length
  const hrefOf = (day: string) => listHref(target, { ...filter, after: undefined, day })
  return (
    <Panel
      title="The last year"
      about={`A good archive on ${covered} of ${countOf(under.length, 'day')} under protection, proven on ${proven}. Days begin at midnight in ${timeZone}.`}
    >
      <DayGrid
        label="Backups by day"
        days={days}
        looks={backupDayLooks}
        selected={filter.day ?? null}
        hrefOf={hrefOf}
        onOpen={(day) => router.push(hrefOf(day))}
      />
    </Panel>
  )
}
