'use client'

import Link from 'next/link'
import type { SeriesPoint } from '#components/charts/merge-series.ts'
import { TimeSeriesChart } from '#components/charts/time-series-chart.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { checkHref } from './areas.ts'
import type { Opened } from './check-sheet.tsx'
import { StatusStrip } from './status-strip.tsx'

const units: Record<string, string> = {
  rows: 'rows',
  membership: 'people',
  references: 'rows',
  codes: 'rows',
}

const ranges = [
  { hours: 24, label: '24 hours' },
  { hours: 168, label: '7 days' },
  { hours: 720, label: '30 days' },
  { hours: 8_760, label: '1 year' },
]

const stepWords = { minutes: 'minutes', hours: 'hours', days: 'days' }

/** A check over time: the number it measures, and below it the status. */
export function CheckHistory({ opened, target }: { opened: Opened; target: string }) {
  const { buckets, hours } = opened
  return (
    <section>
      <nav aria-label="Time shown" className="mb-2 flex flex-wrap gap-1 text-sm" data-no-print>
        {ranges.map((range) => (
          <Link
            key={range.hours}
            href={checkHref(target, opened.check, { hours: range.hours })}
            scroll={false}
            aria-current={range.hours === hours ? 'page' : undefined}
            className={classNames(
              'rounded-md px-2 py-1 max-sm:py-2',
              range.hours === hours ? 'bg-accent-tint text-accent' : 'text-ink-soft hover:bg-sunken',
            )}
          >
            {range.label}
          </Link>
        ))}
      </nav>
      <TimeSeriesChart
        label={opened.title}
        height={180}
        {...(units[opened.area] ? { unit: units[opened.area] } : {})}
        fromZero={opened.area !== 'rows'}
        series={[{ key: 'measured', label: opened.title, points: pointsOf(opened) }]}
      />
      <StatusStrip
        className="mt-2"
        about={ranges.find((range) => range.hours === hours)?.label ?? `${hours} hours`}
        statuses={buckets.map(({ runs, unhealthy, noData }) =>
          runs === 0 ? null : unhealthy > 0 ? 'unhealthy' : noData > 0 ? 'no-data' : 'healthy',
        )}
      />
      <p className="mt-1 text-xs text-ink-faint">
        Lowest and highest of each step, from the {stepWords[opened.tier]} that are kept. Gaps: nobody looked,
        or there was nothing to measure.
      </p>
    </section>
  )
}

/**
 * One line through the lowest and the highest of each step, in the order that makes the shorter way: a loss of one minute
 * stays a spike within a year.
 */
function pointsOf({ buckets, stepMs }: Opened): SeriesPoint[] {
  let last: number | null = null
  return buckets.flatMap(({ at, lowest, highest }): SeriesPoint[] => {
    if (lowest === null || highest === null) {
      last = null
      return [{ at, value: null }]
    }
    if (lowest === highest) {
      last = lowest
      return [{ at, value: lowest }]
    }
    const before: number = last ?? highest
    const downFirst = Math.abs(before - lowest) <= Math.abs(before - highest)
    const [first, second] = downFirst ? [lowest, highest] : [highest, lowest]
    last = second
    return [
      { at, value: first },
      { at: new Date(Date.parse(at) + stepMs / 2).toISOString(), value: second },
    ]
  })
}
