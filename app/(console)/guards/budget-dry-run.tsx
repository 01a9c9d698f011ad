'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import { Time } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import type { ProtectedTable } from '#lib/guards/change-protection.ts'
import type { guardDryRunRead } from './queries.ts'

type DryRun = Awaited<ReturnType<typeof readAgain<ReadData<typeof guardDryRunRead>>>>['data']
type Trial = DryRun['trials'][number]

const settleMs = 350
const shown = 20

/** The value once it has stood still for a moment, so that not each key asks the server. */
function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), settleMs)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** What the budgets as they stand in the form would have done in the last 30 days. */
export function BudgetDryRun({ targetId, entry }: { targetId: string; entry: ProtectedTable }) {
  const asked = useSettled(JSON.stringify({ targetId, entry }))
  const { data, error, isFetching } = useQuery({
    queryKey: ['guard-dry-run', asked],
    queryFn: ({ signal }) =>
      readAgain<ReadData<typeof guardDryRunRead>>('guard-dry-run', JSON.parse(asked), signal),
    placeholderData: keepPreviousData,
    meta: { topics: ['guards', 'targets'] },
  })
  return (
    <section
      aria-label="Dry run"
      aria-live="polite"
      aria-busy={isFetching || undefined}
      className="grid gap-2 rounded-md border border-line bg-sunken px-3 py-2.5"
    >
      <h3 className="text-xs font-medium text-ink-soft">Dry run against the last 30 days</h3>
      {error ? <p className="text-sm text-bad">{error.message}</p> : null}
      {data ? (
        <Answer dryRun={data.data} />
      ) : error ? null : (
        <p className="text-sm text-ink-faint">Reading…</p>
      )}
    </section>
  )
}

function Answer({ dryRun: { trials, mode } }: { dryRun: DryRun }) {
  const tried = trials.filter((trial) => trial.events > 0)
  const refused = tried.reduce((sum, trial) => sum + trial.refused.length, 0)
  const passed = tried.reduce((sum, trial) => sum + trial.passed.length, 0)
  const events = tried.reduce((sum, trial) => sum + trial.events, 0)
  if (events === 0) {
    return (
      <p className="text-sm">Nothing was deleted from this table or refused in that time to try it on.</p>
    )
  }
  const would = mode === 'warn' ? 'would have warned about' : 'would have refused'
  return (
    <>
      <p className="text-sm font-medium">
        {refused === 0
          ? `This budget ${would} none of what passed.`
          : `This budget ${would} ${refused === 1 ? 'this 1' : `these ${formatCount(refused)}`} of ${countOf(events, 'change')}.`}
      </p>
      {tried.map((trial) => (
        <Refused key={`${trial.act} ${trial.role}`} trial={trial} />
      ))}
      {passed > 0 ? (
        <p className="text-sm font-medium">
          It would have let through {passed === 1 ? 'this 1' : `these ${formatCount(passed)}`} that{' '}
          {passed === 1 ? 'was' : 'were'} refused.
        </p>
      ) : null}
      {tried.map((trial) => (
        <Passed key={`${trial.act} ${trial.role}`} trial={trial} />
      ))}
      <Limits trials={tried} />
    </>
  )
}

const whoOf = (event: Trial['passed'][number]): string =>
  [event.role ?? 'role not recorded', event.application].filter(Boolean).join(' · ')

function Refused({ trial }: { trial: Trial }) {
  if (trial.refused.length === 0) return null
  return (
    <ul className="grid gap-1 text-xs" aria-label="Would have been refused">
      {trial.refused.slice(0, shown).map(({ event, limit, counted, allowed }) => (
        <li key={event.id} className="flex flex-wrap gap-x-2">
          <Time at={event.at} exact className="text-ink-soft" />
          <span className="font-medium">
            {countOf(event.rows ?? 0, 'row')} {trial.act === 'update' ? 'overwritten' : 'deleted'}
          </span>
          <span className="text-ink-soft">{whoOf(event)}</span>
          <span className="text-bad">
            {limit}: {formatCount(counted)} of {formatCount(allowed)} allowed
          </span>
        </li>
      ))}
      {trial.refused.length > shown ? (
        <li className="text-ink-faint">and {formatCount(trial.refused.length - shown)} older ones</li>
      ) : null}
    </ul>
  )
}

function Passed({ trial }: { trial: Trial }) {
  if (trial.passed.length === 0) return null
  return (
    <ul className="grid gap-1 text-xs" aria-label="Would have been let through">
      {trial.passed.slice(0, shown).map((event) => (
        <li key={event.id} className="flex flex-wrap gap-x-2">
          <Time at={event.at} exact className="text-ink-soft" />
          <span className="font-medium">{countOf(event.rows ?? 0, 'row')}</span>
          <span className="text-ink-soft">{whoOf(event)}</span>
        </li>
      ))}
      {trial.passed.length > shown ? (
        <li className="text-ink-faint">and {formatCount(trial.passed.length - shown)} older ones</li>
      ) : null}
    </ul>
  )
}

function Limits({ trials }: { trials: readonly Trial[] }) {
  const unknown = trials.reduce((sum, trial) => sum + trial.unknown, 0)
  const isCut = trials.some((trial) => trial.isCut)
  if (unknown === 0 && !isCut) return null
  return (
    <p className="text-xs text-ink-faint">
      {unknown > 0 ? `Of ${countOf(unknown, 'refused attempt')} the rows are not known. ` : ''}
      {isCut ? 'There were more changes than can be judged at once; the newest were.' : ''}
    </p>
  )
}
