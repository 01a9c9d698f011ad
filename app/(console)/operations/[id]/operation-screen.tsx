'use client'

import { FileText } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { ActStepper } from '#components/operations/act-stepper.tsx'
import { EventTimeline } from '#components/operations/event-timeline.tsx'
import { nothingNarrowed } from '#components/operations/narrow.ts'
import { mayGoBack, operationSteps } from '#components/operations/operation-steps.ts'
import { PlanPreview } from '#components/operations/plan-preview.tsx'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { PhaseList } from '#components/ui/phase-list.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { operationRead } from '../queries.ts'
import { DecisionPanel } from './decision-panel.tsx'
import { RunPanel } from './run-panel.tsx'
import { SafetyNote } from './safety-note.tsx'
import { StateLine, StateNote } from './state-note.tsx'

// Of each the page has either, at its time.
const ChoicesBar = dynamic(() => import('./choices-bar.tsx').then((module) => module.ChoicesBar))
const OutcomePanel = dynamic(() => import('./outcome-panel.tsx').then((module) => module.OutcomePanel))

export type OperationData = Wire<ReadData<typeof operationRead>>

/** A guarded act from its plan to its proof: how it stands, what it would do or did, and whose turn it is. */
export function OperationScreen({ loaded }: { loaded: Loaded<ReadData<typeof operationRead>> }) {
  const { data } = useLoaded(loaded)
  const { operation, role } = data
  const [narrow, setNarrow] = useState(nothingNarrowed)
  const hasChoices = operation.kind === 'restore' || operation.kind === 'database-restore'
  const canChoose = hasChoices && can(role, 'restores.draft') && mayGoBack(operation)
  const steps = operationSteps(operation, data)
  const isOver = operation.finishedAt !== null
  return (
    <>
      <PageTarget name={operation.targetName} />
      <PageHeader
        title={operation.sentence ?? `Planning: ${operation.kind.replaceAll('-', ' ')}`}
        about={<StateLine data={data} />}
        actions={
          operation.summary ? (
            <Button asChild>
              <Link href={`/operations/${operation.id}/report`}>
                <FileText aria-hidden />
                Report
              </Link>
            </Button>
          ) : null
        }
      />
      <div className="mb-4 grid gap-2 empty:hidden">
        <StateNote data={data} />
      </div>
      <div className="grid items-start gap-4 lg:grid-cols-[14rem_minmax(0,1fr)] 2xl:grid-cols-[14rem_minmax(0,1fr)_22rem]">
        <div className="lg:sticky lg:top-20 lg:max-2xl:row-span-2">
          <ActStepper label="Steps of the operation" steps={steps} />
        </div>
        {/* Whose turn it is comes first; when it is over, what came of it does. */}
        <div className={classNames('grid min-w-0 gap-4 2xl:order-last', isOver && 'order-last')}>
          <DecisionPanel data={data} />
        </div>
        <div className="grid min-w-0 gap-4 lg:max-2xl:col-start-2">
          {operation.error ? (
            <Refusal of={{ reason: operation.error.message, hint: operation.error.hint }} />
          ) : null}
          {operation.result ? <OutcomePanel data={data} /> : null}
          <RunPanel data={data} />
          <Panel
            title={operation.startedAt ? 'The plan' : 'What would be written'}
            about={
              operation.plannedAt ? (
                <>
                  As the database was <Time at={operation.plannedAt} />. If it changes before the run, the run
                  refuses.
                </>
              ) : null
            }
          >
            <div className="grid gap-3">
              {operation.summary ? (
                <PlanPreview
                  summary={operation.summary}
                  withSentence={false}
                  narrowing={
                    canChoose && operation.kind === 'restore' ? { narrow, onChange: setNarrow } : undefined
                  }
                />
              ) : operation.status === 'requested' && operation.planJob ? (
                <PhaseList run={operation.planJob} />
              ) : (
                <EmptyState title="There is no plan">
                  <p>It ended before one was made. Nothing was written.</p>
                </EmptyState>
              )}
              {canChoose ? (
                <ChoicesBar data={data} narrow={narrow} onDone={() => setNarrow(nothingNarrowed)} />
              ) : null}
            </div>
          </Panel>
          <SafetyNote operation={operation} />
          <Panel title="What happened">
            <EventTimeline events={operation.events} />
          </Panel>
        </div>
      </div>
    </>
  )
}
