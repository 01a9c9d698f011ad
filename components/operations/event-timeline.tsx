import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'

interface ShownEvent {
  at: string
  status: string
  actor: string
  note: string
}

/** Everything that happened to an operation, oldest first. */
export function EventTimeline({ events }: { events: readonly ShownEvent[] }) {
  return (
    <ol className="grid gap-3">
      {events.map((event) => (
        <li key={`${event.at}-${event.status}`} className="grid gap-0.5 border-l-2 border-line pl-3">
          <div className="flex flex-wrap items-baseline gap-x-3">
            <StatusDot status={event.status} className="font-medium" />
            <Time at={event.at} exact className="text-xs text-ink-faint" />
          </div>
          <p className="text-sm break-words">{event.note}</p>
          <p className="text-xs break-all text-ink-faint">{formatActorName(event.actor)}</p>
        </li>
      ))}
    </ol>
  )
}
