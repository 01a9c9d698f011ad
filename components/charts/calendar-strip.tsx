import { classNames } from '#components/ui/class-names.ts'

/** `before`: the database was not under protection yet. */
export type DayState = 'good' | 'partial' | 'failed' | 'none' | 'before'

export interface CalendarDay {
  /** `2026-03-04`, a day in UTC. */
  day: string
  state: DayState
  /** What happened, e.g. `1 archive, 24 snapshots`. */
  label: string
}

const fills: Record<DayState, string> = {
  good: 'bg-good',
  partial: 'bg-warn',
  failed: 'bg-bad',
  none: 'border border-line-strong bg-sunken',
  before: 'bg-sunken',
}

const words: Record<DayState, string> = {
  good: 'covered',
  partial: 'partly covered',
  failed: 'failed',
  none: 'nothing',
  before: 'not protected yet',
}

/** Days as squares, oldest first, with a legend: shape of the days at a glance, words under the pointer. */
export function CalendarStrip({ days, label }: { days: readonly CalendarDay[]; label: string }) {
  const first = days[0]
  const last = days.at(-1)
  const present = (Object.keys(words) as DayState[]).filter((state) =>
    days.some((day) => day.state === state),
  )
  return (
    <figure className="grid gap-1.5">
      <ol aria-label={label} className="grid auto-cols-fr grid-flow-col gap-[3px]">
        {days.map((day) => (
          <li
            key={day.day}
            title={`${day.day}: ${day.label}`}
            className={classNames('h-7 max-w-8 rounded-[3px]', fills[day.state])}
          >
            <span className="sr-only">{`${day.day}: ${day.label}`}</span>
          </li>
        ))}
      </ol>
      <figcaption className="flex flex-wrap items-center gap-x-3 gap-y-1 text-2xs text-ink-faint">
        <span>{first?.day}</span>
        <span className="flex flex-1 flex-wrap justify-center gap-x-3">
          {present.map((state) => (
            <span key={state} className="inline-flex items-center gap-1">
              <span aria-hidden className={classNames('size-2 rounded-[2px]', fills[state])} />
              {words[state]}
            </span>
          ))}
        </span>
        <span>{last?.day}</span>
      </figcaption>
    </figure>
  )
}
