'use client'

import { useAction } from '#app/_web/use-action.ts'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { requestTargetCheckAction } from './actions.ts'
import type { CurrentTarget, SettingsData } from './settings-screen.tsx'

type ShownCheck = NonNullable<CurrentTarget['preflight']>['preflight']['checks'][number]

/** Whether everything that later work needs is there, each with what helps. */
export function PreflightPanel({
  data: { role, checking },
  current: { target, preflight },
}: {
  data: SettingsData
  current: CurrentTarget
}) {
  const check = useAction(requestTargetCheckAction, { done: 'The preflight is under way' })
  return (
    <Panel
      title={`Preflight of ${target.name}`}
      about={
        preflight ? (
          <>
            {preflight.preflight.ok ? 'Ready' : 'Not ready'}, looked at <Time at={preflight.at} />
          </>
        ) : (
          'Can it be backed up, restored and guarded?'
        )
      }
      actions={
        can(role, 'targets.check') ? (
          <Button pending={check.pending || checking} onClick={() => void check.run({ name: target.name })}>
            {checking ? 'Checking' : 'Check now'}
          </Button>
        ) : undefined
      }
      flush
    >
      {preflight ? (
        <ul className="divide-y divide-line">
          {preflight.preflight.checks.map((each) => (
            <Check key={each.name} check={each} />
          ))}
        </ul>
      ) : (
        <EmptyState title="It was never looked at">
          <p>Whether a backup would miss tables is not known. From a terminal of the host:</p>
          <Code label="command" className="mt-2 text-left">{`holdfast targets check ${target.name}`}</Code>
        </EmptyState>
      )}
    </Panel>
  )
}

function Check({ check: { name, ok, advisory, message, hint } }: { check: ShownCheck }) {
  const status = ok ? 'good' : advisory ? 'suspicious' : 'failed'
  const word = ok ? 'good' : advisory ? 'advice' : 'failed'
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2 text-sm sm:grid-cols-[11rem_6rem_1fr]">
      <span className="font-medium">{name}</span>
      <StatusDot status={status} label={word} className="self-start" />
      <div className="min-w-0">
        <p className="break-words">{message}</p>
        {hint ? (
          <Code label="what helps" className="mt-1">
            {hint}
          </Code>
        ) : null}
      </div>
    </li>
  )
}
