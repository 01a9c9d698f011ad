'use client'

import type { ShownRotation, ShownShift } from '#app/(console)/alerts/on-call/on-call-screen.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { formatLocal } from '#lib/format/format-time.ts'

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const weekdayOf = (day: string): string => weekdays[new Date(`${day}T12:00Z`).getUTCDay()]!
const monthOf = (day: string): string => months[Number(day.slice(5, 7)) - 1]!

const shades = ['bg-accent-tint', 'bg-sunken', 'bg-raised']

/** The next weeks, a row each, in the rotation's zone. A shift is a button where somebody may stand in. */
export function WeekStrip({
  rotation,
  people,
  onChoose,
}: {
  rotation: ShownRotation
  people: readonly { id: string; name: string }[]
  onChoose: ((shift: ShownShift) => void) | null
}) {
  const nameOf = (id: string | null) => people.find((person) => person.id === id)?.name ?? 'nobody'
  return (
    <ol className="grid gap-2" aria-label={`The next weeks of ${rotation.name}`}>
      {rotation.weeks.map(({ days, shifts }) => (
        <li key={days[0]}>
          <div aria-hidden className="grid grid-cols-7 text-xs text-ink-faint">
            {days.map((day, index) => (
              <span key={day} className="overflow-hidden border-l border-line pl-0.5 whitespace-nowrap">
                <span className="max-sm:hidden">{weekdayOf(day)} </span>
                {Number(day.slice(8))}
                {index === 0 ? ` ${monthOf(day)}` : ''}
              </span>
            ))}
          </div>
          <div className="relative h-11 rounded border border-line bg-surface">
            {shifts.map((shift) => {
              const name = nameOf(shift.userId)
              const when = `${formatLocal(shift.startsAt, { timeZone: rotation.timeZone })} to ${formatLocal(shift.endsAt, { timeZone: rotation.timeZone })}`
              const look = classNames(
                'absolute inset-y-0 overflow-hidden border-r border-line-strong px-1.5 text-left text-sm first:rounded-l last:rounded-r',
                shift.userId
                  ? shades[Math.max(0, rotation.members.indexOf(shift.userId)) % shades.length]
                  : 'bg-warn-tint text-warn',
                shift.overrideId && 'border-2 border-dashed border-accent',
              )
              const style = { left: `${shift.leftPercent}%`, width: `${shift.widthPercent}%` }
              const label = `${name}${shift.overrideId ? ', stands in' : ''}, ${when}`
              return onChoose ? (
                <button
                  key={shift.startsAt}
                  type="button"
                  className={classNames(look, 'cursor-pointer hover:brightness-95 focus-visible:z-10')}
                  style={style}
                  title={label}
                  aria-label={`${label}. Let somebody stand in`}
                  onClick={() => onChoose(shift)}
                >
                  <span className="block truncate">{name}</span>
                </button>
              ) : (
                <div
                  key={shift.startsAt}
                  className={classNames(look, 'grid items-center')}
                  style={style}
                  title={label}
                >
                  <span className="block truncate">{name}</span>
                </div>
              )
            })}
          </div>
        </li>
      ))}
    </ol>
  )
}
