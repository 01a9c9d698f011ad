'use client'

import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Input } from '#components/ui/field.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf } from '#lib/format/format-count.ts'
import { requestHealthAction } from './actions.ts'
import { AreaRow } from './area-row.tsx'
import { areaTexts } from './areas.ts'
import { NoDataPanel } from './no-data-panel.tsx'
import type { healthRead } from './queries.ts'
import { TurnsList } from './turns-list.tsx'

export type HealthData = Wire<ReadData<typeof healthRead>>
export type ShownState = HealthData['states'][number]

// The chart and the dialog come when a check is opened.
const CheckSheet = dynamic(() => import('./check-sheet.tsx').then((module) => module.CheckSheet))

const filters = [
  { show: 'all', label: 'All' },
  { show: 'unhealthy', label: 'Unhealthy' },
  { show: 'no-data', label: 'No data' },
] as const
type Show = (typeof filters)[number]['show']

export function HealthScreen({ loaded }: { loaded: Loaded<ReadData<typeof healthRead>> }) {
  const { data } = useLoaded(loaded)
  const [show, setShow] = useState<Show>('all')
  const [find, setFind] = useState('')
  const { states, target } = data
  const count = (wanted: Show) =>
    wanted === 'all' ? states.length : states.filter(({ status }) => status === wanted).length
  const newest = states
    .map((state) => state.checkedAt)
    .sort()
    .at(-1)
  const words = find.trim().toLowerCase()
  const shown = states.filter(
    (state) =>
      (show === 'all' || state.status === show) &&
      (words === '' || `${state.title} ${state.check} ${state.details}`.toLowerCase().includes(words)),
  )
  return (
    <>
      <PageHeader
        title="Health"
        about={
          states.length === 0 ? (
            `Nothing is known of ${target.name} yet.`
          ) : (
            <>
              {countOf(states.length, 'check')} of {target.name}, last run <Time at={newest} />.
            </>
          )
        }
        actions={
          <>
            <Link
              href={`/health/schema?target=${encodeURIComponent(target.name)}`}
              className="text-sm text-accent hover:underline max-sm:py-2"
            >
              Schema changes
            </Link>
            <RunNow data={data} />
          </>
        }
      />
      {states.length === 0 ? (
        <NothingKnown data={data} />
      ) : (
        <div className="grid gap-4">
          <div className="flex flex-wrap items-center gap-2" data-no-print>
            <fieldset aria-label="Which checks are shown" className="flex flex-wrap gap-1">
              {filters.map(({ show: wanted, label }) => (
                <button
                  key={wanted}
                  type="button"
                  aria-pressed={show === wanted}
                  onClick={() => setShow(wanted)}
                  className={classNames(
                    'rounded-md border px-2.5 py-1 text-sm max-sm:py-2',
                    show === wanted
                      ? 'border-accent bg-accent-tint text-accent'
                      : 'border-line text-ink-soft hover:bg-raised',
                  )}
                >
                  {label}{' '}
                  <span
                    className={classNames(
                      'tabular-nums',
                      wanted === 'unhealthy' && count(wanted) > 0 && 'font-semibold text-bad',
                      wanted === 'no-data' && count(wanted) > 0 && 'font-semibold text-warn',
                    )}
                  >
                    {count(wanted)}
                  </span>
                </button>
              ))}
            </fieldset>
            <Input
              type="search"
              aria-label="Search checks"
              placeholder="Search checks"
              value={find}
              onChange={(event) => setFind(event.target.value)}
              className="max-w-64"
            />
          </div>
          {data.memberships === 0 ? <NoMemberships name={target.name} /> : null}
          <Areas data={data} shown={shown} isSearched={words !== '' || show !== 'all'} />
          <NoDataPanel states={states} />
          {data.turns.length > 0 ? (
            <Panel title="What turned" about="Each time that a check became another, newest first" flush>
              <TurnsList turns={data.turns} target={target.name} />
            </Panel>
          ) : null}
        </div>
      )}
      {data.opened ? <CheckSheet data={data} /> : null}
    </>
  )
}

function Areas({
  data: { strips, stripHours, target },
  shown,
  isSearched,
}: {
  data: HealthData
  shown: readonly ShownState[]
  isSearched: boolean
}) {
  if (shown.length === 0) {
    return (
      <Card>
        <EmptyState title="No check is like that">Show all of them, or search for another word.</EmptyState>
      </Card>
    )
  }
  // An area of which this page knows no text is shown under its own name, last.
  const known = areaTexts.map(({ area }) => area)
  const others = [...new Set(shown.map(({ area }) => area))].filter((area) => !known.includes(area))
  return (
    <Card className="overflow-clip">
      {[...areaTexts, ...others.map((area) => ({ area, title: area, about: '' }))].map(
        ({ area, title, about }) => {
          const rows = shown.filter((state) => state.area === area)
          if (rows.length === 0) return null
          return (
            <AreaRow
              key={area}
              title={title}
              about={about}
              name={target.name}
              rows={rows}
              strip={strips[area] ?? []}
              stripHours={stripHours}
              open={isSearched || rows.some(({ status }) => status === 'unhealthy')}
            />
          )
        },
      )}
    </Card>
  )
}

function RunNow({ data: { role, target, running } }: { data: HealthData }) {
  const act = useAction(requestHealthAction, { quiet: true, done: 'The checks are under way' })
  if (!can(role, 'health.request')) return null
  return (
    <div className="grid justify-items-end gap-2">
      <Button
        variant="primary"
        pending={act.pending || running !== null}
        onClick={() => void act.run({ targetId: target.id })}
      >
        {running ? `Checking${running.total ? ` ${running.done ?? 0} of ${running.total}` : ''}` : 'Run now'}
      </Button>
      <Refusal of={act.refusal} />
    </div>
  )
}

function NothingKnown({ data: { target, schedule } }: { data: HealthData }) {
  return (
    <Card>
      <EmptyState title="No check has run yet">
        <p>
          The worker runs them on the schedule <code>{schedule}</code>. Until then a loss in {target.name}{' '}
          would not be noticed. From a terminal of the host:
        </p>
        <Code label="command" className="mt-2 text-left">{`holdfast health run ${target.name}`}</Code>
      </EmptyState>
    </Card>
  )
}

function NoMemberships({ name }: { name: string }) {
  return (
    <Card className="mb-4">
      <EmptyState title="Nobody would notice a locked-out user">
        <p>
          The policy of {name} does not say who is a member of what, so the membership checks cannot run. See
          whether one can be guessed from the schema:
        </p>
        <Code label="command" className="mt-2 text-left">{`holdfast policy suggest ${name}`}</Code>
      </EmptyState>
    </Card>
  )
}
