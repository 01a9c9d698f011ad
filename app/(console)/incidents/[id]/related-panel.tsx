'use client'

import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import type { IncidentData } from './incident-screen.tsx'

/** What happened before that may tell something, and why. */
export function RelatedPanel({ related }: { related: IncidentData['related'] }) {
  if (related.length === 0) return null
  return (
    <Panel title="Related incidents" flush>
      <ul>
        {related.map((each) => (
          <li key={each.id} className="border-b border-line px-4 py-2.5 text-sm last:border-b-0">
            <div className="flex flex-wrap items-baseline justify-between gap-x-3">
              <Link
                href={`/incidents/${each.id}`}
                className="font-medium break-words text-accent hover:underline"
              >
                #{each.number} {each.title}
              </Link>
              <StatusDot status={each.status} className="text-xs" />
            </div>
            <p className="text-ink-soft">{each.reasons.join('; ')}</p>
            <p className="line-clamp-2 text-xs break-words text-ink-faint">
              <Time at={each.beganAt} exact />
              {each.resolution ? ` · ${each.resolution}` : ''}
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
