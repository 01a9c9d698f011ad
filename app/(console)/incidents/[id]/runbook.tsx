'use client'

import { Circle, CircleCheck } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import { canMove, isOpen } from '#lib/incidents/transitions.ts'
import { moveIncidentAction, requestIncidentDrillAction, takeCommandAction } from '../actions.ts'
import type { IncidentData } from './incident-screen.tsx'
import { ResolveDialog } from './status-moves.tsx'

type Step = IncidentData['runbook'][number]

/** On a phone each button is big enough for a thumb. */
const thumb = 'max-sm:h-11 max-sm:px-4 max-sm:text-sm'

/** The way out, step by step; each button does its step, and the records say what was done. */
export function Runbook({ data }: { data: IncidentData }) {
  const next = isOpen(data.incident.status) ? data.runbook.find((step) => step.done === null)?.key : undefined
  return (
    <Panel title="Runbook" about="Each button does the step" flush>
      <ol>
        {data.runbook.map((step) => (
          <li key={step.key} className="flex gap-3 border-b border-line px-4 py-2.5 last:border-b-0">
            {step.done ? (
              <CircleCheck aria-label="Done" className="mt-0.5 size-4 shrink-0 text-good" />
            ) : (
              <Circle aria-label="To do" className="mt-0.5 size-4 shrink-0 text-ink-faint" />
            )}
            <div className="min-w-0 flex-1">
              <p className="text-sm font-medium">{step.title}</p>
              <p className="text-xs text-ink-soft">{step.about}</p>
              {step.done ? <p className="text-xs break-words text-good">{step.done}</p> : null}
              <div className="mt-1.5 empty:hidden" data-no-print>
                <StepAct step={step} data={data} isNext={step.key === next} />
              </div>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  )
}

function StepAct({ step, data, isNext }: { step: Step; data: IncidentData; isNext: boolean }): ReactNode {
  const { incident, role, email } = data
  const open = isOpen(incident.status)
  const variant = isNext ? 'primary' : 'secondary'
  const inIncident = `?target=${encodeURIComponent(incident.targetName ?? '')}&incident=${incident.id}`
  const go = (href: string, title: string) => (
    <Button asChild size="small" variant={variant} className={thumb}>
      <Link href={href}>{title}</Link>
    </Button>
  )
  switch (step.key) {
    case 'command':
      return open && can(role, 'incidents.command') && incident.commander !== email ? (
        <ActButton
          serverAction={takeCommandAction}
          input={{ incidentId: incident.id }}
          title="Take command"
          variant={variant}
        />
      ) : null
    case 'loss':
      return open && can(role, 'operations.request')
        ? go(`/restores/new${inIncident}`, 'See what was lost')
        : null
    case 'restore': {
      const restore = data.operations.find((operation) => operation.kind.startsWith('restore'))
      if (restore) return go(`/operations/${restore.id}`, 'Open the restore')
      return open && can(role, 'operations.request')
        ? go(`/restores/new${inIncident}`, 'Plan the restore')
        : null
    }
    case 'recovery':
      return open && can(role, 'operations.request')
        ? go(`/recovery${inIncident}`, 'Find locked-out users')
        : null
    case 'proof':
      return open && incident.targetName && can(role, 'drills.request') ? (
        <ActButton
          serverAction={requestIncidentDrillAction}
          input={{ target: incident.targetName }}
          title="Run a drill"
          variant={variant}
          done="The drill is under way"
        />
      ) : null
    case 'stable':
      return can(role, 'incidents.move') && canMove(incident.status, 'stable') ? (
        <ActButton
          serverAction={moveIncidentAction}
          input={{ incidentId: incident.id, to: 'stable' }}
          title="It is stable"
          variant={variant}
        />
      ) : null
    case 'resolve':
      return can(role, 'incidents.move') && canMove(incident.status, 'resolved') ? (
        <ResolveDialog incident={incident} />
      ) : null
    case 'export':
      return (
        <Button asChild size="small" className={thumb}>
          <a href={`/api/incidents/${incident.id}/postmortem`} download>
            Download the postmortem
          </a>
        </Button>
      )
  }
}

function ActButton<T>({
  serverAction,
  input,
  title,
  variant,
  done,
}: {
  serverAction: Parameters<typeof useAction<T>>[0]
  input: unknown
  title: string
  variant: 'primary' | 'secondary'
  done?: string
}) {
  const act = useAction(serverAction, { quiet: true, ...(done ? { done } : {}) })
  return (
    <div className="grid gap-2">
      <Button
        size="small"
        variant={variant}
        pending={act.pending}
        onClick={() => void act.run(input)}
        className={`justify-self-start ${thumb}`}
      >
        {title}
      </Button>
      <Refusal of={act.refusal} />
    </div>
  )
}
