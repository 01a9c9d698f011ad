import type { DayLook } from '#components/charts/day-looks.ts'
import { classNames } from '#components/ui/class-names.ts'

export interface CalendarDay<State extends string = string> {
  /** `2026-03-04`, a day in the target's time zone. */
  day: string
  state: State
  /** What happened, e.g. `1 archive, 24 snapshots`. */
  label: string
}

/** The states of these days with their words, in the order of `looks`. */
export function DayLegend({
  states,
  looks,
  className,
}: {
  states: ReadonlySet<string>
  looks: Record<string, DayLook>
  className?: string
}) {
  return (
    <span className={classNames('flex flex-wrap gap-x-3', className)}>
      {Object.entries(looks)
        .filter(([state]) => states.has(state))
        .map(([state, { fill, word }]) => (
          <span key={state} className="inline-flex items-center gap-1">
            <span aria-hidden className={classNames('size-2.5 rounded-[2px]', fill)} />
            {word}
          </span>
        ))}
    </span>
  )
}

/** Days as squares, oldest first, with a legend: shape of the days at a glance, words under the pointer. */
export function CalendarStrip({
  days,
  looks,
  label,
}: {
  days: readonly CalendarDay[]
  looks: Record<string, DayLook>
  label: string
}) {
  const first = days[0]
  const last = days.at(-1)
  return (
    <figure className="grid gap-1.5">
      <ol aria-label={label} className="grid auto-cols-fr grid-flow-col gap-[3px]">
        {days.map(({ day, state, label: what }) => (
          <li
            key={day}
            title={`${day}: ${what}`}
            className={classNames('h-7 max-w-8 rounded-[3px]', looks[state]?.fill)}
          >
            <span className="sr-only">{`${day}: ${what}`}</span>
          </li>
        ))}
      </ol>
      <figcaption className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1 text-2xs text-ink-faint">
        <span>{first?.day}</span>
        <DayLegend
          states={new Set(days.map(({ state }) => state))}
          looks={looks}
          className="order-last basis-full"
        />
        <span>{last?.day}</span>
      </figcaption>
    </figure>
  )
}
