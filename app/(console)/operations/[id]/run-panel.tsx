'use client'

import { Panel } from '#components/ui/card.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Duration } from '#components/ui/time.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { OperationData } from './operation-screen.tsx'

/** How far the run is, phase by phase, beside what was expected. */
export function RunPanel({ data: { operation } }: { data: OperationData }) {
  const { runJob, startedAt, finishedAt, summary } = operation
  if (!runJob) return null
  const tookMs = startedAt && finishedAt ? Date.parse(finishedAt) - Date.parse(startedAt) : null
  return (
    <Panel
      title="Run"
      about={
        startedAt ? (
          <>
            {finishedAt ? 'Took' : 'Running for'} <Duration ms={tookMs} since={startedAt} />
            {summary?.estimateMs ? `, estimated ${formatDuration(summary.estimateMs)}` : ''}
          </>
        ) : null
      }
    >
      {/* The error stands above, in the operation's words. */}
      <PhaseList run={{ ...runJob, error: operation.error ? null : runJob.error }} />
    </Panel>
  )
}
