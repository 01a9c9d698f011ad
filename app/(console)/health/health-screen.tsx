'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useAction } from '#app/_web/use-action.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table, type TableColumn } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import { requestHealthAction } from './actions.ts'
import { CheckSheet } from './check-sheet.tsx'
import type { healthRead } from './queries.ts'

export type HealthData = Wire<ReadData<typeof healthRead>>
export type ShownState = HealthData['states'][number]

const areas: { area: string; title: string; about: string }[] = [
  { area: 'membership', title: 'Membership', about: 'Can everybody who should get in, get in?' },
  { area: 'rows', title: 'Rows', about: 'Exact counts, against the last days and the proven backup' },
  { area: 'references', title: 'References', about: 'Rows that point to something that is gone' },
  { area: 'codes', title: 'Codes', about: 'Values against the patterns of the policy' },
  { area: 'schema', title: 'Schema', about: 'Tables, constraints and indexes as they should be' },
  { area: 'security', title: 'Security', about: 'Row-level security' },
  { area: 'indexes', title: 'Indexes', about: 'Invalid, missing, doubled and unused ones' },
  { area: 'server', title: 'Server', about: 'The PostgreSQL server itself' },
  { area: 'statements', title: 'Statements', about: 'How long they take, and which fail' },
  { area: 'backups', title: 'Backups', about: 'How old they are, and how old their proof' },
  { area: 'guards', title: 'Guards', about: 'In place, and as they were installed' },
  { area: 'synchronisation', title: 'Synchronisation', about: 'The same rows as the master' },
  { area: 'custom', title: 'Custom', about: 'Checks that the policy brings along' },
]

/** More than this many checks that are all well are shown as one line. */
const folded = 12

const order = ['unhealthy', 'no-data', 'healthy']

export const checkHref = (target: string, check: string | null, hours?: number): string => {
  const query = new URLSearchParams({ target })
  if (check) query.set('check', check)
  if (hours) query.set('hours', String(hours))
  return `/health?${query}`
}

export function HealthScreen({ loaded }: { loaded: Loaded<ReadData<typeof healthRead>> }) {
  const { data } = useLoaded(loaded)
  const { states, target } = data
  const count = (status: string) => states.filter((state) => state.status === status).length
  const newest = states
    .map((state) => state.checkedAt)
    .sort()
    .at(-1)
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
        actions={<RunNow data={data} />}
      />
      {states.length === 0 ? (
        <NothingKnown data={data} />
      ) : (
        <>
          <Card className="mb-4 grid grid-cols-3 gap-4 px-4 py-3 sm:max-w-md">
            <Stat
              label="unhealthy"
              value={count('unhealthy')}
              tone={count('unhealthy') > 0 ? 'bad' : 'plain'}
            />
            <Stat label="no data" value={count('no-data')} tone={count('no-data') > 0 ? 'warn' : 'plain'} />
            <Stat label="healthy" value={count('healthy')} tone="good" />
          </Card>
          {data.memberships === 0 ? <NoMemberships name={target.name} /> : null}
          <div className="grid gap-4">
            {areas.map(({ area, title, about }) => (
              <Area
                key={area}
                title={title}
                about={about}
                name={target.name}
                rows={states.filter((state) => state.area === area)}
              />
            ))}
          </div>
        </>
      )}
      <CheckSheet data={data} />
    </>
  )
}

function Area({
  title,
  about,
  name,
  rows,
}: {
  title: string
  about: string
  name: string
  rows: ShownState[]
}) {
  if (rows.length === 0) return null
  const sorted = [...rows].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
  const table = <Table label={title} rows={sorted} rowKey={(row) => row.check} columns={columnsFor(name)} />
  const calm = rows.length > folded && rows.every(({ status }) => status === 'healthy')
  return (
    <Panel title={title} about={about} flush>
      {calm ? (
        <details className="group">
          <summary className="cursor-pointer px-4 py-2 text-sm text-ink-soft hover:bg-raised">
            <StatusDot status="healthy" label={`All ${rows.length} are healthy`} className="ml-1" />
          </summary>
          {table}
        </details>
      ) : (
        table
      )}
    </Panel>
  )
}

const columnsFor = (name: string): TableColumn<ShownState>[] => [
  {
    key: 'title',
    head: 'Check',
    lead: true,
    className: 'sm:w-80 sm:min-w-72',
    cell: (row) => (
      <Link href={checkHref(name, row.check)} scroll={false} className="text-accent hover:underline">
        {row.title}
      </Link>
    ),
  },
  {
    key: 'status',
    head: 'Status',
    className: 'sm:w-48 sm:min-w-44',
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <StatusDot status={row.status} />
        {row.status === 'unhealthy' ? <SeverityBadge severity={row.severity} /> : null}
      </span>
    ),
  },
  {
    key: 'details',
    head: 'Finding',
    className: 'max-sm:text-right break-words',
    cell: (row) => <span className={row.status === 'unhealthy' ? 'text-bad' : undefined}>{row.details}</span>,
  },
  {
    key: 'affected',
    head: 'Affected',
    align: 'right',
    wide: true,
    className: 'sm:w-24',
    cell: (row) => (row.status === 'no-data' ? '—' : formatCount(row.affected)),
  },
  {
    key: 'since',
    head: 'Since',
    align: 'right',
    className: 'sm:w-28',
    cell: (row) => <Time at={row.since} />,
  },
]

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
