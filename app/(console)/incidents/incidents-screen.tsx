'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Count } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { SectionLinks } from '#components/ui/section-links.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, RunningClock, Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { kindTitles } from '#lib/incidents/types.ts'
import { IncidentFilters } from './incident-filters.tsx'
import { incidentSections } from './incident-sections.ts'
import { OpenIncidentDialog } from './open-incident-dialog.tsx'
import type { incidentsRead } from './queries.ts'

export type IncidentsData = Wire<ReadData<typeof incidentsRead>>
type ListedIncident = IncidentsData['incidents'][number]

export function IncidentsScreen({
  loaded,
  startOpen,
}: {
  loaded: Loaded<ReadData<typeof incidentsRead>>
  startOpen: boolean
}) {
  const { data } = useLoaded(loaded)
  const { role, target, incidents, elsewhere, filter } = data
  const name = target?.name ?? 'Holdfast itself'
  const isFiltered = Boolean(filter.kind || filter.severity || filter.openOnly)
  return (
    <>
      <PageHeader
        title="Incidents"
        about="What people work on together. A fresh loss opens one by itself; everything that happens is on its timeline."
        actions={
          can(role, 'incidents.open') && !data.isOpenHere ? (
            <OpenIncidentDialog target={target} startOpen={startOpen} />
          ) : null
        }
      />
      <SectionLinks label="Incidents" sections={incidentSections} here="incidents" />
      {elsewhere.length > 0 ? (
        <p className="mb-3 text-sm text-ink-soft">
          Also open:{' '}
          {elsewhere.map((each, index) => (
            <span key={each.id}>
              {index > 0 ? ', ' : ''}
              <Link href={`/incidents/${each.id}`} className="text-accent hover:underline">
                #{each.number} {each.title}
              </Link>
            </span>
          ))}
        </p>
      ) : null}
      <Panel title={target ? `Incidents of ${name}` : 'Incidents of every database'} flush>
        <IncidentFilters data={data} />
        <Table
          label="Incidents"
          rows={incidents}
          rowKey={(row) => row.id}
          empty={
            isFiltered ? (
              <EmptyState title="No incident fits these filters" />
            ) : (
              <EmptyState title="No incident yet">
                <p>
                  One opens when memberships or rows of {target ? name : 'a database'} go missing, or when
                  someone whose mass delete was refused deleted rows all the same. You can also open one by
                  hand.
                </p>
              </EmptyState>
            )
          }
          columns={target ? columns : [columns[0]!, databaseColumn, ...columns.slice(1)]}
        />
      </Panel>
    </>
  )
}

const databaseColumn = {
  key: 'target',
  head: 'Database',
  cell: (row: ListedIncident) => row.targetName ?? 'Holdfast itself',
}

const columns = [
  {
    key: 'title',
    head: 'Incident',
    lead: true,
    cell: (row: ListedIncident) => (
      <Link href={`/incidents/${row.id}`} className="text-accent hover:underline">
        #{row.number} {row.title}
      </Link>
    ),
  },
  {
    key: 'severity',
    head: 'Severity',
    cell: (row: ListedIncident) => <SeverityBadge severity={row.severity} />,
  },
  {
    key: 'kind',
    head: 'Kind',
    cell: (row: ListedIncident) => <span className="whitespace-nowrap">{kindTitles[row.kind]}</span>,
  },
  { key: 'status', head: 'Status', cell: (row: ListedIncident) => <StatusDot status={row.status} /> },
  {
    key: 'commander',
    head: 'Commander',
    wide: true,
    cell: (row: ListedIncident) => row.commander ?? <span className="text-warn">nobody</span>,
  },
  {
    key: 'began',
    head: 'Began',
    align: 'right' as const,
    cell: (row: ListedIncident) => <Time at={row.beganAt} exact />,
  },
  {
    key: 'lasted',
    head: 'Lasted',
    align: 'right' as const,
    cell: (row: ListedIncident) =>
      row.resolvedAt ? (
        <Duration ms={Date.parse(row.resolvedAt) - Date.parse(row.beganAt)} />
      ) : (
        <RunningClock since={row.beganAt} className="font-medium text-bad" />
      ),
  },
  {
    key: 'lost',
    head: 'Lost',
    align: 'right' as const,
    cell: (row: ListedIncident) => <Count of={row.rowsLost} />,
  },
  {
    key: 'recovered',
    head: 'Recovered',
    align: 'right' as const,
    cell: (row: ListedIncident) => <Count of={row.rowsRecovered} />,
  },
]
