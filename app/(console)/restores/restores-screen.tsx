'use client'

import Link from 'next/link'
import type { Loaded } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PastOperations } from '#components/operations/past-operations.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { restoresRead } from './queries.ts'
import { type Asked, RequestForm } from './request-form.tsx'

type Restores = Awaited<ReturnType<typeof restoresRead.read>>
export type RestoresData = Wire<Restores>

/** What was lost, where it can come from, and the way to a plan. The plan, its approval and its run have a page of their own. */
export function RestoresScreen({ loaded, asked }: { loaded: Loaded<Restores>; asked: Asked | null }) {
  const { data } = useLoaded(loaded)
  const { target, incident } = data
  return (
    <>
      <PageHeader
        title={`Restore ${target.name}`}
        about={
          incident ? (
            <>
              For{' '}
              <Link href={`/incidents/${incident.id}`} className="text-accent hover:underline">
                incident #{incident.number} {incident.title}
              </Link>
              , since <Time at={incident.beganAt} exact />
            </>
          ) : (
            'Put back only what was lost. Nothing is written before a second person has approved the exact plan.'
          )
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
        <div className="grid min-w-0 gap-4">
          <Losses data={data} />
          <PastOperations title="Restores so far" label="Restores" operations={data.restores} />
        </div>
        {can(data.role, 'operations.request') ? (
          <RequestForm key={incident?.id ?? 'none'} data={data} asked={asked} />
        ) : (
          <Panel title="Plan a restore">
            <p className="text-sm text-ink-soft">Planning a restore takes an admin or a commander.</p>
          </Panel>
        )}
      </div>
    </>
  )
}

function Losses({ data: { losses, since } }: { data: RestoresData }) {
  return (
    <Panel
      title="What was lost"
      about={
        <>
          Since <Time at={since} exact />, by the guards’ journal and the row counts
        </>
      }
      flush
    >
      <Table
        label="Lost rows"
        rows={losses}
        rowKey={(row) => row.table}
        empty={
          <EmptyState title="No lost rows are known">
            <p>A plan compares a copy with the live rows all the same, and shows every difference.</p>
          </EmptyState>
        }
        columns={[
          {
            key: 'table',
            head: 'Table',
            lead: true,
            cell: (row) => <span className="font-mono text-xs break-all">{row.table}</span>,
          },
          {
            key: 'rows',
            head: 'Rows lost',
            align: 'right',
            cell: (row) => (
              <span className="font-medium text-bad">
                <Count of={row.rows} />
              </span>
            ),
          },
          {
            key: 'evidence',
            head: 'Evidence',
            cell: (row) => (row.evidence === 'journal' ? 'guard’s journal' : 'row counts'),
          },
        ]}
      />
    </Panel>
  )
}
