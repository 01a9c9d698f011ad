'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import { Card } from '#components/ui/card.tsx'
import { RunningClock, Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { isOpen } from '#lib/incidents/transitions.ts'
import type { IncidentData } from './incident-screen.tsx'
import { StepAct } from './step-act.tsx'

/** What somebody needs who opens the page at 3 a.m.: since when, how much, back to where, and the one thing to do now. */
export function NowCard({ data }: { data: IncidentData }) {
  const { incident, runbook, next } = data
  const step = runbook.find(({ key }) => key === next)
  if (!isOpen(incident.status)) return null
  const state = incident.lastGoodState
  return (
    <Card className="mb-4 grid gap-3 border-l-4 border-l-bad-strong px-4 py-3 md:grid-cols-[1fr_auto] md:items-center">
      <dl className="grid grid-cols-2 gap-x-4 gap-y-2 text-sm sm:grid-cols-4">
        <Fact name="Running for">
          <RunningClock since={incident.beganAt} className="text-xl font-semibold text-bad" />
        </Fact>
        <Fact name="Since">
          <Time at={incident.beganAt} exact className="font-medium" />
        </Fact>
        <Fact name="Rows lost">
          <span className={incident.rowsLost ? 'text-xl font-semibold text-bad' : 'font-medium'}>
            {incident.rowsLost === null ? 'not known' : formatCount(incident.rowsLost)}
          </span>
        </Fact>
        <Fact name="Last good state">
          {state?.at ? (
            <Link href="#last-good-state" className="font-medium text-accent hover:underline">
              <Time at={state.at} exact />
            </Link>
          ) : (
            <span className="font-medium text-ink-soft">{incident.targetId ? 'not known' : '—'}</span>
          )}
        </Fact>
      </dl>
      {step ? (
        <div className="grid gap-1.5" data-no-print>
          <p className="text-xs text-ink-faint">Next: {step.title}</p>
          {step.act && mayAct(data, step.act) ? (
            <StepAct act={step.act} data={data} look={{ size: 'large', variant: 'primary' }} />
          ) : (
            <Link href="#runbook" className="text-sm text-accent hover:underline">
              In the runbook
            </Link>
          )}
        </div>
      ) : null}
    </Card>
  )
}

/** Somebody who may not do the step is shown where it stands. */
const mayAct = (data: IncidentData, act: NonNullable<IncidentData['runbook'][number]['act']>): boolean =>
  !('permission' in act) || act.permission === undefined || can(data.role, act.permission)

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-faint">{name}</dt>
      <dd className="leading-7">{children}</dd>
    </div>
  )
}
