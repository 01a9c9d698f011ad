'use client'

import type { ReactNode } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { EventChart } from './event-chart.tsx'
import { EventFilters } from './event-filters.tsx'
import type { GuardEvents } from './use-guard-events.ts'

/** One lane of what the guards saw: chart, filters, list and the way to what is older. */
export function EventPanel({
  id,
  title,
  about,
  noun,
  measure,
  events,
  empty,
  actions,
  children,
}: {
  id: string
  title: string
  about: string
  noun: string
  measure: 'events' | 'rows'
  events: GuardEvents
  /** What stands there while nothing was ever seen. */
  empty: ReactNode
  actions?: ReactNode
  children: ReactNode
}) {
  const isEmpty = events.events.length === 0
  return (
    <Panel id={id} title={title} about={about} flush className="mb-4" actions={actions}>
      {isEmpty && !events.isFiltered ? (
        empty
      ) : (
        <>
          <div className="grid gap-3 border-b border-line px-4 py-3">
            <EventChart history={events.history} days={events.days} noun={noun} measure={measure} />
            <EventFilters of={events} name={title.toLowerCase()} />
            {events.failure ? (
              <p role="alert" className="text-sm text-bad">
                {events.failure}
              </p>
            ) : null}
          </div>
          {isEmpty && !events.isReading ? (
            <EmptyState title="Nothing matches these filters" />
          ) : (
            <div
              aria-busy={events.isReading || undefined}
              className={events.isReading ? 'opacity-60' : undefined}
            >
              {children}
            </div>
          )}
          {events.older ? (
            <div className="border-t border-line px-4 py-2 text-center" data-no-print>
              <Button size="small" pending={events.isReadingOlder} onClick={events.older}>
                Show older ones
              </Button>
            </div>
          ) : null}
        </>
      )}
    </Panel>
  )
}
