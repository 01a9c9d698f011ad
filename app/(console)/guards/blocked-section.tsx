'use client'

import { EmptyState } from '#components/ui/empty-state.tsx'
import { BlockedTimeline } from './blocked-timeline.tsx'
import { EventPanel } from './event-panel.tsx'
import type { GuardsData } from './guards-data.ts'
import { useGuardEvents } from './use-guard-events.ts'

/** What the database did not let pass. */
export function BlockedSection({ data }: { data: GuardsData }) {
  const events = useGuardEvents(data.target.id, 'refused', data.refused)
  return (
    <EventPanel
      id="refused"
      title="Refused"
      about="Attempts that the database did not let pass, although their transactions left nothing behind."
      noun="attempt"
      measure="events"
      events={events}
      empty={
        <EmptyState title="Nothing was refused so far">
          A refused statement appears here within seconds, although its transaction was rolled back.
        </EmptyState>
      }
    >
      <BlockedTimeline attempts={events.events} />
    </EventPanel>
  )
}
