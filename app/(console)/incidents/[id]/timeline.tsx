'use client'

import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatCount } from '#lib/format/format-count.ts'
import type { IncidentData } from './incident-screen.tsx'
import { NoteForm } from './note-form.tsx'
import { TimelineFilters } from './timeline-filters.tsx'
import { timelineHref } from './timeline-href.ts'
import { TimelineRow } from './timeline-row.tsx'

const step = 200

/** Newest first, as people follow it; what they pinned stands above. */
export function Timeline({ data }: { data: IncidentData }) {
  const { incident, timeline, filter, role } = data
  const hidden = timeline.matching - timeline.entries.length
  const pinned = timeline.pinned.map(({ key }) => key)
  return (
    <Panel
      id="timeline"
      title="Timeline"
      about="Everything that is recorded, in your time; point at a time for UTC"
      flush
    >
      {can(role, 'incidents.note') && incident.status !== 'closed' ? (
        <NoteForm incidentId={incident.id} />
      ) : null}
      <TimelineFilters data={data} />
      {timeline.pinned.length > 0 ? (
        <ol aria-label="Pinned" className="border-b-2 border-line-strong bg-raised">
          {timeline.pinned.map((entry) => (
            <TimelineRow key={entry.key} entry={entry} data={data} isPinned />
          ))}
        </ol>
      ) : null}
      {timeline.entries.length === 0 ? (
        <EmptyState
          title={timeline.total === 0 ? 'Nothing is recorded yet' : 'Nothing fits what you are looking for'}
        >
          {timeline.total === 0 ? null : (
            <Link href={timelineHref(incident.id, {})} scroll={false} className="text-accent hover:underline">
              Show everything
            </Link>
          )}
        </EmptyState>
      ) : (
        <ol aria-label="Timeline, newest first" className="min-w-0">
          {timeline.entries.map((entry) => (
            <TimelineRow key={entry.key} entry={entry} data={data} isPinned={pinned.includes(entry.key)} />
          ))}
        </ol>
      )}
      {hidden > 0 ? (
        <p className="px-4 py-3 text-sm" data-no-print>
          <Link
            href={timelineHref(incident.id, { ...filter, shown: filter.shown + step })}
            scroll={false}
            className="text-accent hover:underline"
          >
            Show older ({formatCount(hidden)} more)
          </Link>
        </p>
      ) : null}
    </Panel>
  )
}
