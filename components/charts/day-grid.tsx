'use client'

import { type KeyboardEvent, type MouseEvent, useRef, useState } from 'react'
import { type CalendarDay, DayLegend } from '#components/charts/calendar-strip.tsx'
import type { DayLook } from '#components/charts/day-looks.ts'
import { classNames } from '#components/ui/class-names.ts'

export interface GridDay extends CalendarDay {
  /** A dot on it: something of the day went wrong although it is covered. */
  trouble: boolean
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** 0 is Monday. */
const weekdayOf = (day: string): number => (new Date(`${day}T12:00:00Z`).getUTCDay() + 6) % 7

const steps: Record<string, number> = { ArrowRight: 7, ArrowLeft: -7, ArrowDown: 1, ArrowUp: -1 }

/** The month's name above the week in which it begins; `column` counts from 0. */
function monthsOf(days: readonly GridDay[]): { column: number; name: string }[] {
  return days.flatMap(({ day }, index) =>
    day.endsWith('-01')
      ? [{ column: Math.floor(index / 7), name: months[Number(day.slice(5, 7)) - 1]! }]
      : [],
  )
}

/**
 * A year as weeks side by side, oldest first, each day one that can be opened. One tab stop: arrow keys move by day and
 * by week, Home and End to the ends, Enter opens. On a phone it scrolls, and begins with today.
 */
export function DayGrid({
  days: all,
  looks,
  label,
  selected,
  hrefOf,
  onOpen,
}: {
  days: readonly GridDay[]
  looks: Record<string, DayLook>
  label: string
  selected: string | null
  hrefOf(day: string): string
  onOpen(day: string): void
}) {
  // Whole weeks: the first column begins with a Monday.
  const days = all.slice((7 - weekdayOf(all[0]?.day ?? '2024-01-01')) % 7)
  const last = days.at(-1)?.day ?? null
  const [focused, setFocused] = useState<string | null>(null)
  const frame = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<string | null>(null)

  const move = (event: KeyboardEvent) => {
    const at = days.findIndex(({ day }) => day === (focused ?? selected ?? last))
    const to =
      event.key === 'Home'
        ? 0
        : event.key === 'End'
          ? days.length - 1
          : event.key in steps
            ? Math.min(days.length - 1, Math.max(0, at + steps[event.key]!))
            : null
    if (to === null) return
    event.preventDefault()
    frame.current?.querySelector<HTMLElement>(`[data-day="${days[to]!.day}"]`)?.focus()
  }
  const open = (event: MouseEvent) => {
    const day = (event.target as HTMLElement).closest<HTMLElement>('[data-day]')?.dataset.day
    if (!day || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    onOpen(day)
  }
  const told = days.find(({ day }) => day === (pointed ?? focused ?? selected ?? last))
  const tabStop = focused ?? selected ?? last
  return (
    <figure className="grid gap-2">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the links in it act; it only listens for all of them */}
      <div
        ref={frame}
        // Reversed, because such a row is scrolled to its end from the first paint on.
        className="flex flex-row-reverse overflow-x-auto px-0.5 pb-1.5"
        onKeyDown={move}
        onClick={open}
        onPointerOver={(event) =>
          setPointed((event.target as HTMLElement).closest<HTMLElement>('[data-day]')?.dataset.day ?? null)
        }
        onPointerLeave={() => setPointed(null)}
        onFocus={(event) => setFocused((event.target as HTMLElement).dataset.day ?? null)}
        onBlur={() => setFocused(null)}
      >
        <div className="mr-auto">
          <div aria-hidden className="relative mb-0.5 h-4 text-2xs text-ink-faint">
            {monthsOf(days).map(({ column, name }) => (
              <span
                key={`${column}-${name}`}
                className="absolute [--step:17px] max-sm:[--step:27px]"
                style={{ left: `calc(${column} * var(--step))` }}
              >
                {name}
              </span>
            ))}
          </div>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms; this groups links */}
          <div
            role="group"
            aria-label={label}
            className="grid w-max auto-cols-max grid-flow-col grid-rows-7 gap-[3px]"
          >
            {days.map(({ day, state, trouble, label: what }) => (
              <a
                key={day}
                href={hrefOf(day)}
                data-day={day}
                tabIndex={day === tabStop ? 0 : -1}
                aria-current={day === selected ? 'date' : undefined}
                aria-label={`${day}: ${looks[state]?.word ?? state}, ${what}`}
                className={classNames(
                  'relative block size-3.5 rounded-[3px] max-sm:size-6',
                  looks[state]?.fill,
                  day === selected && 'ring-2 ring-ink ring-offset-1 ring-offset-surface',
                )}
              >
                {trouble ? (
                  <span className="absolute -top-0.5 -right-0.5 size-1.5 rounded-full bg-bad ring-1 ring-surface" />
                ) : null}
              </a>
            ))}
          </div>
        </div>
      </div>
      <figcaption className="flex flex-wrap items-center gap-x-4 gap-y-1 text-2xs text-ink-faint">
        <span className="min-w-64 text-xs text-ink-soft">
          {told ? (
            <>
              <span className="font-medium text-ink">
                {weekdays[weekdayOf(told.day)]}, {told.day}
              </span>
              : {told.label}
            </>
          ) : null}
        </span>
        <DayLegend
          states={new Set(days.map(({ state }) => state))}
          looks={looks}
          className="flex-1 sm:justify-end max-sm:basis-full"
        />
        {days.some(({ trouble }) => trouble) ? (
          <span className="inline-flex items-center gap-1">
            <span aria-hidden className="size-1.5 rounded-full bg-bad" />
            something went wrong too
          </span>
        ) : null}
      </figcaption>
    </figure>
  )
}
