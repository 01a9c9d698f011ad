'use client'

import { useQuery } from '@tanstack/react-query'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import type { AppliedProtectionChange } from '#lib/guards/apply-protection-change.ts'
import type { guardChangeRead } from './queries.ts'

const ended = new Set(['succeeded', 'failed', 'cancelled'])

/** From the request to the policy in force: what the worker says, as it says it. */
export function BudgetChangeProgress({ jobRunId, target }: { jobRunId: string; target: string }) {
  const { data, error } = useQuery({
    queryKey: ['guard-change', jobRunId],
    queryFn: ({ signal }) =>
      readAgain<ReadData<typeof guardChangeRead>>('guard-change', { jobRunId }, signal),
    meta: { topics: ['jobs'] },
    refetchInterval: ({ state }) => (ended.has(state.data?.data.status ?? '') ? false : 1_000),
  })
  const run = data?.data
  const applied = run?.status === 'succeeded' ? (run.result as AppliedProtectionChange) : null
  return (
    <div className="grid gap-3" aria-live="polite">
      {error ? <p className="text-sm text-bad">{error.message}</p> : null}
      {applied ? (
        <>
          <p className="text-sm">
            {applied.changed
              ? `Version ${applied.version} of the policy of ${target} is in force.`
              : 'This was in force already.'}{' '}
            {applied.installationJobRunId
              ? 'The guards are being brought to it now.'
              : 'This database has no guards yet: install them and it holds.'}
          </p>
          {applied.warnings.map((warning) => (
            <p key={warning} className="text-sm text-warn">
              {warning}
            </p>
          ))}
        </>
      ) : run?.error ? (
        <Refusal of={{ reason: run.error.message, hint: run.error.hint }} />
      ) : (
        <StatusDot status="running" label="checking it against the live schema" />
      )}
    </div>
  )
}
