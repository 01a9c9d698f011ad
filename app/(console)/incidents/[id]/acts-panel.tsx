'use client'

import Link from 'next/link'
import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf } from '#lib/format/format-count.ts'
import type { IncidentData } from './incident-screen.tsx'

/** The guarded acts of this incident: what each does, who stands for it, and what it did. */
export function ActsPanel({ operations }: { operations: IncidentData['operations'] }) {
  if (operations.length === 0) return null
  return (
    <Panel title="Operations of this incident" flush>
      <ul>
        {operations.map((operation) => (
          <li key={operation.id} className="border-b border-line px-4 py-2.5 text-sm last:border-b-0">
            <div className="flex flex-wrap items-baseline justify-between gap-x-3">
              <Link href={`/operations/${operation.id}`} className="font-medium text-accent hover:underline">
                {operation.kind.replaceAll('-', ' ')}
              </Link>
              <StatusDot status={operation.status} className="text-xs" />
            </div>
            <p className="break-words text-ink-soft">{operation.sentence ?? operation.reason}</p>
            <p className="text-xs text-ink-faint">
              by {formatActorName(operation.requestedBy)}
              {operation.approvedBy ? `, approved by ${operation.approvedBy}` : ''}
              {operation.doneRows === null ? '' : `, ${countOf(operation.doneRows, 'row')} written`}
              {' · '}
              <Link href={`/operations/${operation.id}/report`} className="text-accent hover:underline">
                report
              </Link>
            </p>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
