'use client'

import { Circle, CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { Input } from '#components/ui/field.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { type Phase, phases, phaseTitles } from '#lib/incidents/runbooks/types.ts'
import { kindTitles } from '#lib/incidents/types.ts'
import { tickStepAction } from '../actions.ts'
import type { IncidentData } from './incident-screen.tsx'
import { StepAct } from './step-act.tsx'

type Step = IncidentData['runbook'][number]

/** The way out, step by step; each button does its step, and the records say what was done. */
export function Runbook({ data }: { data: IncidentData }) {
  const done = data.runbook.filter((step) => step.done !== null).length
  return (
    <Panel
      id="runbook"
      title={`Runbook: ${kindTitles[data.incident.kind].toLowerCase()}`}
      about={`${done} of ${data.runbook.length} done. Each button does its step`}
      flush
    >
      {phases.map((phase) => (
        <PhaseSteps key={phase} phase={phase} data={data} />
      ))}
    </Panel>
  )
}

function PhaseSteps({ phase, data }: { phase: Phase; data: IncidentData }) {
  const steps = data.runbook.filter((step) => step.phase === phase)
  if (steps.length === 0) return null
  const open = steps.filter((step) => step.done === null).length
  return (
    <details open={phase !== 'after' || data.incident.stableAt !== null} className="group">
      <summary className="flex cursor-pointer items-baseline justify-between gap-3 border-b border-line bg-sunken px-4 py-1.5 text-xs font-medium text-ink-soft">
        {phaseTitles[phase]}
        <span className="font-normal text-ink-faint">{open === 0 ? 'done' : `${open} to do`}</span>
      </summary>
      <ol>
        {steps.map((step) => (
          <StepRow key={step.key} step={step} data={data} />
        ))}
      </ol>
    </details>
  )
}

function StepRow({ step, data }: { step: Step; data: IncidentData }) {
  const isNext = step.key === data.next
  return (
    <li className="flex gap-3 border-b border-line px-4 py-2.5" aria-current={isNext ? 'step' : undefined}>
      {step.done ? (
        <CircleCheck aria-label="Done" className="mt-0.5 size-4 shrink-0 text-good" />
      ) : (
        <Circle
          aria-label="To do"
          className={`mt-0.5 size-4 shrink-0 ${isNext ? 'text-accent' : 'text-ink-faint'}`}
        />
      )}
      <div className="min-w-0 flex-1">
        <p className="text-sm font-medium">
          {step.title}
          {step.isOptional ? <span className="font-normal text-ink-faint"> · if needed</span> : null}
        </p>
        <p className="text-xs text-ink-soft">{step.about}</p>
        <StepState step={step} />
        <div className="mt-1.5 flex flex-wrap items-start gap-x-2 gap-y-1.5 empty:hidden" data-no-print>
          {step.act ? (
            <StepAct
              act={step.act}
              data={data}
              look={{ size: 'small', variant: isNext ? 'primary' : 'secondary' }}
            />
          ) : null}
          {step.canTick && can(data.role, 'incidents.tick') ? (
            <TickForm step={step} incidentId={data.incident.id} />
          ) : null}
        </div>
        {step.behind ? (
          <details className="mt-1" data-no-print>
            <summary className="w-fit cursor-pointer text-xs text-ink-faint hover:text-ink">
              What is behind it
            </summary>
            <Code label={`what is behind: ${step.title}`} className="mt-1">
              {step.behind}
            </Code>
          </details>
        ) : null}
      </div>
    </li>
  )
}

function StepState({ step }: { step: Step }) {
  if (step.done === null && !step.tick) return null
  return (
    <p className={`text-xs break-words ${step.done ? 'text-good' : 'text-ink-faint'}`}>
      {step.done ?? 'Ticked off, and taken back'}
      {step.tick && (step.isTicked || !step.done) ? (
        <span className="text-ink-faint">
          {' '}
          · {formatActorName(step.tick.by)}, <Time at={step.tick.at} />
        </span>
      ) : null}
    </p>
  )
}

/** Where no record can say it: a person does, with a word on it if they like. */
function TickForm({ step, incidentId }: { step: Step; incidentId: string }) {
  const [asks, setAsks] = useState(false)
  const ticking = useAction(tickStepAction, { quiet: true, onDone: () => setAsks(false) })
  const tick = (isDone: boolean, note = '') =>
    void ticking.run({ incidentId, stepKey: step.key, isDone, ...(note ? { note } : {}) })
  if (step.isTicked) {
    return (
      <Button size="small" variant="ghost" pending={ticking.pending} onClick={() => tick(false)}>
        Not done after all
      </Button>
    )
  }
  if (!asks) {
    return (
      <Button size="small" variant="ghost" className="max-sm:h-11" onClick={() => setAsks(true)}>
        Tick off
      </Button>
    )
  }
  return (
    <form
      className="flex w-full flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        tick(true, String(new FormData(event.currentTarget).get('note') ?? '').trim())
      }}
    >
      <Input
        name="note"
        maxLength={1000}
        autoFocus
        aria-label={`Note on: ${step.title}`}
        placeholder="A word on it, if you like"
        className="flex-1 basis-40"
      />
      <Button type="submit" size="medium" pending={ticking.pending}>
        Done
      </Button>
      <Refusal of={ticking.refusal} />
    </form>
  )
}
