'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { EventTimeline } from '#components/operations/event-timeline.tsx'
import { PlanPreview } from '#components/operations/plan-preview.tsx'
import { isAboutRows, ResultPanel } from '#components/operations/result-panel.tsx'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { requestUndoAction } from '../actions.ts'
import type { operationRead } from '../queries.ts'
import { DecisionPanel } from './decision-panel.tsx'

export type OperationData = Wire<ReadData<typeof operationRead>>
export type ShownOperation = OperationData['operation']

export function OperationScreen({ loaded }: { loaded: Loaded<ReadData<typeof operationRead>> }) {
  const { data } = useLoaded(loaded)
  const { operation } = data
  const planning = operation.status === 'requested'
  return (
    <>
      <PageTarget name={operation.targetName} />
      <PageHeader
        title={operation.sentence ?? `Planning: ${operation.kind}`}
        about={
          <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
            <StatusDot status={operation.status} className="font-medium text-ink" />
            <span>
              on <strong className="text-ink">{operation.targetName}</strong> ({operation.environment})
            </span>
            {operation.incidentId ? (
              <Link href={`/incidents/${operation.incidentId}`} className="text-accent hover:underline">
                Incident #{operation.incidentNumber}
              </Link>
            ) : null}
          </span>
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,2fr)_minmax(20rem,1fr)]">
        <div className="grid min-w-0 gap-4">
          {operation.error ? (
            <Refusal of={{ reason: operation.error.message, hint: operation.error.hint }} />
          ) : null}
          {operation.runJob ? (
            <Panel title="Run">
              {/* The error stands above, in the operation's words. */}
              <PhaseList
                run={{ ...operation.runJob, error: operation.error ? null : operation.runJob.error }}
              />
            </Panel>
          ) : null}
          {operation.result ? (
            <Panel
              title={isAboutRows(operation.promisedRows, operation.result) ? 'Promised and done' : 'Result'}
            >
              {operation.kind === 'permit' && operation.status === 'succeeded' ? (
                <p className="mb-3 text-sm">
                  The permit was made. The statement that uses it is shown to who asked for it and who
                  approved it:{' '}
                  <Link
                    href={`/guards?target=${encodeURIComponent(operation.targetName)}#permits`}
                    className="text-accent hover:underline"
                  >
                    to the permits
                  </Link>
                  .
                </p>
              ) : null}
              <ResultPanel
                promisedRows={operation.promisedRows}
                result={operation.result}
                undo={{
                  operationId: operation.id,
                  state: data.undo,
                  request: data.mayUndo ? requestUndoAction : undefined,
                }}
              />
            </Panel>
          ) : null}
          <Panel
            title="Plan"
            about={
              operation.plannedAt ? (
                <>
                  As the database was <Time at={operation.plannedAt} />. If it changes before the run, the run
                  refuses.
                </>
              ) : null
            }
          >
            {operation.summary ? (
              <PlanPreview summary={operation.summary} withSentence={false} />
            ) : planning && operation.planJob ? (
              <PhaseList run={operation.planJob} />
            ) : (
              <EmptyState title="There is no plan">
                <p>It ended before one was made. Nothing was written.</p>
              </EmptyState>
            )}
          </Panel>
        </div>
        <div className="grid min-w-0 gap-4 max-lg:order-first">
          <DecisionPanel data={data} />
          <Panel title="What happened" className="max-lg:hidden">
            <EventTimeline events={operation.events} />
          </Panel>
        </div>
        <Panel title="What happened" className="lg:hidden">
          <EventTimeline events={operation.events} />
        </Panel>
      </div>
    </>
  )
}
