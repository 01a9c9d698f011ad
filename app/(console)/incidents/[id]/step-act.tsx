'use client'

import dynamic from 'next/dynamic'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { Button, type ButtonProps } from '#components/ui/button.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Outcome } from '#lib/errors.ts'
import type { StepVerb } from '#lib/incidents/runbooks/types.ts'
import {
  addIncidentWindowAction,
  moveIncidentAction,
  requestIncidentBackupAction,
  requestIncidentDrillAction,
  requestIncidentGuardsAction,
  requestIncidentHealthAction,
  takeCommandAction,
} from '../actions.ts'
import type { IncidentData } from './incident-screen.tsx'

// Dialogs come when somebody opens one; the page is there before.
const ResolveDialog = dynamic(() => import('./resolve-dialog.tsx').then((module) => module.ResolveDialog))
const TellDialog = dynamic(() => import('./tell-dialog.tsx').then((module) => module.TellDialog))

const NoticeDialog = dynamic(() => import('./notice-dialog.tsx').then((module) => module.NoticeDialog))

type Act = NonNullable<IncidentData['runbook'][number]['act']>
type Look = Pick<ButtonProps, 'variant' | 'size'>

const verbs: Record<StepVerb, (input: unknown) => Promise<Outcome<unknown>>> = {
  command: takeCommandAction,
  drill: requestIncidentDrillAction,
  archive: requestIncidentBackupAction,
  health: requestIncidentHealthAction,
  guards: requestIncidentGuardsAction,
  move: moveIncidentAction,
  window: (input) => addIncidentWindowAction(fromNow(input)),
}

const hourMs = 3_600_000

/** Work that is announced begins when somebody presses the button. */
const fromNow = (input: unknown) => ({
  ...(input as object),
  startsAt: new Date().toISOString(),
  endsAt: new Date(Date.now() + 2 * hourMs).toISOString(),
})

/** The button that does a step; nothing for those who may not do it. */
export function StepAct({ act, data, look }: { act: Act; data: IncidentData; look: Look }): ReactNode {
  if ('permission' in act && act.permission && !can(data.role, act.permission)) return null
  const big = look.size === 'large' ? '' : 'max-sm:h-11 max-sm:px-4 max-sm:text-sm'
  switch (act.type) {
    case 'go':
      return (
        <Button asChild {...look} className={big}>
          <Link href={act.href}>{act.title}</Link>
        </Button>
      )
    case 'download':
      return (
        <span className="flex flex-wrap gap-2">
          <Button asChild {...look} className={big}>
            <a href={act.href} download>
              {act.title}
            </a>
          </Button>
          <Button asChild size={look.size} className={big}>
            <Link href={`/incidents/${data.incident.id}/postmortem`}>Read it</Link>
          </Button>
        </span>
      )
    case 'do':
      return act.verb === 'command' && data.incident.commander === data.email ? null : (
        <DoButton act={act} look={look} className={big} />
      )
    case 'tell':
      return <TellDialog act={act} data={data} look={look} />
    case 'notice':
      return <NoticeDialog act={act} look={look} />
    case 'resolve':
      return <ResolveDialog incident={data.incident} look={look} />
  }
}

function DoButton({
  act,
  look,
  className,
}: {
  act: Extract<Act, { type: 'do' }>
  look: Look
  className: string
}) {
  const doing = useAction(verbs[act.verb], { quiet: true, done: act.done })
  return (
    <div className="grid gap-2">
      <Button
        {...look}
        className={`justify-self-start ${className}`}
        pending={doing.pending}
        onClick={() => void doing.run(act.input)}
      >
        {act.title}
      </Button>
      <Refusal of={doing.refusal} />
    </div>
  )
}
