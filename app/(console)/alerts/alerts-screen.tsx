'use client'

import Link from 'next/link'
import { useState } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { countOf } from '#lib/format/format-count.ts'
import { AlertCard } from './alert-card.tsx'
import { type AlertFilter, AlertFilters, matchesFilter } from './alert-filters.tsx'
import { AlertsSections } from './alerts-sections.tsx'
import type { alertsRead } from './queries.ts'
import { TellingNote } from './telling-note.tsx'

export type AlertsData = Wire<ReadData<typeof alertsRead>>
export type ShownAlert = AlertsData['alerts'][number]

/** In the order that a person looks for them. */
const groups = [
  { status: 'firing', title: 'Firing' },
  { status: 'acknowledged', title: 'Acknowledged' },
  { status: 'silenced', title: 'Silenced' },
] as const

export function AlertsScreen({ loaded }: { loaded: Loaded<ReadData<typeof alertsRead>> }) {
  const { data } = useLoaded(loaded)
  const [filter, setFilter] = useState<AlertFilter>({ severity: '', area: '', text: '' })
  const { target, incident, role } = data
  const resolved = data.alerts.filter(({ status }) => status === 'resolved')
  const open = data.alerts.filter(({ status }) => status !== 'resolved')
  const firing = open.filter(({ status }) => status === 'firing').length
  const shown = open.filter((alert) => matchesFilter(alert, filter))
  const place = data.everywhere ? 'any database' : target.name
  return (
    <>
      <PageHeader
        title="Alerts"
        about={
          open.length === 0
            ? `Nothing is wrong with ${place} as far as it is looked at.`
            : `${countOf(firing, 'alert')} firing on ${place}. One problem is told once, however often it is seen.`
        }
        actions={
          incident ? (
            <Button asChild variant="danger-outline">
              <Link href={`/incidents/${incident.id}`}>Incident #{incident.number}</Link>
            </Button>
          ) : open.length > 0 && can(role, 'incidents.open') ? (
            <Button asChild>
              <Link href={`/incidents?target=${encodeURIComponent(target.name)}&new=1`}>
                Open an incident
              </Link>
            </Button>
          ) : null
        }
      />
      <AlertsSections here="now" />
      <TellingNote data={data} />
      <Elsewhere of={data.elsewhere} target={target.name} everywhere={data.everywhere} />
      {open.length === 0 ? (
        <Card className="mb-4">
          <EmptyState title="No open alerts">
            <p>
              Alerts come from the health checks, the guards, backups, drills and probes of {target.name}.
              What is not checked cannot fire: see{' '}
              <Link
                className="text-accent hover:underline"
                href={`/health?target=${encodeURIComponent(target.name)}`}
              >
                Health
              </Link>{' '}
              for what has no data.
            </p>
          </EmptyState>
        </Card>
      ) : (
        <AlertFilters filter={filter} onChange={setFilter} alerts={open} shown={shown.length} />
      )}
      {groups.map(({ status, title }) => (
        <Group
          key={status}
          title={title}
          alerts={shown.filter((alert) => alert.status === status)}
          data={data}
        />
      ))}
      <Panel title="Resolved" about="The newest first" flush>
        <ResolvedTable alerts={resolved} />
      </Panel>
    </>
  )
}

/** Alerts of one status, those about the same part of the same database together. */
function Group({ title, alerts, data }: { title: string; alerts: ShownAlert[]; data: AlertsData }) {
  if (alerts.length === 0) return null
  const parts = Map.groupBy(alerts, ({ targetName, area }) =>
    data.everywhere ? `${targetName ?? 'Holdfast'}: ${area}` : area,
  )
  return (
    <section className="mb-5" aria-label={title}>
      <h2 className="mb-2 text-sm">
        {title} <span className="text-ink-faint">{alerts.length}</span>
      </h2>
      {[...parts].map(([part, members]) => (
        <div key={part} className="mb-3">
          <h3 className="mb-1 text-xs font-medium text-ink-faint first-letter:uppercase">{part}</h3>
          <ul className="grid gap-2">
            {members.map((alert) => (
              <li key={alert.id}>
                <AlertCard alert={alert} role={data.role} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  )
}

function Elsewhere({
  of: others,
  target,
  everywhere,
}: {
  of: AlertsData['elsewhere']
  target: string
  everywhere: boolean
}) {
  if (everywhere) {
    return (
      <p className="mb-3 text-sm text-ink-soft">
        All databases are shown.{' '}
        <Link href={`/alerts?target=${encodeURIComponent(target)}`} className="text-accent hover:underline">
          Only {target}
        </Link>
      </p>
    )
  }
  if (others.length === 0) return null
  return (
    <p className="mb-3 text-sm text-ink-soft">
      Also firing:{' '}
      {others.map(({ name, firing }, index) => (
        <span key={name}>
          {index > 0 ? ', ' : ''}
          <Link href={`/alerts?target=${encodeURIComponent(name)}`} className="text-accent hover:underline">
            {name} ({firing})
          </Link>
        </span>
      ))}
      .{' '}
      <Link
        href={`/alerts?target=${encodeURIComponent(target)}&all=1`}
        className="text-accent hover:underline"
      >
        Show all
      </Link>
    </p>
  )
}

function ResolvedTable({ alerts }: { alerts: ShownAlert[] }) {
  return (
    <Table
      label="Resolved alerts"
      rows={alerts}
      rowKey={(row) => row.id}
      empty={<EmptyState title="Nothing was resolved yet" />}
      columns={[
        {
          key: 'title',
          head: 'Alert',
          lead: true,
          cell: (row) => (
            <Link href={`/alerts/${row.id}`} className="hover:underline">
              <StatusDot status="resolved" label={row.title} className="whitespace-normal" />
            </Link>
          ),
        },
        { key: 'severity', head: 'Severity', cell: (row) => <SeverityBadge severity={row.severity} /> },
        { key: 'seen', head: 'Seen', align: 'right', cell: (row) => `${row.occurrences}×` },
        {
          key: 'first',
          head: 'First',
          align: 'right',
          wide: true,
          cell: (row) => <Time at={row.firstSeenAt} exact />,
        },
        { key: 'resolved', head: 'Resolved', align: 'right', cell: (row) => <Time at={row.resolvedAt} /> },
        { key: 'by', head: 'By', wide: true, cell: (row) => <ResolvedBy by={row.resolvedBy} /> },
        {
          key: 'incident',
          head: 'Incident',
          align: 'right',
          cell: (row) =>
            row.incidentId ? (
              <Link href={`/incidents/${row.incidentId}`} className="text-accent hover:underline">
                #{row.incidentNumber}
              </Link>
            ) : (
              '—'
            ),
        },
      ]}
    />
  )
}

/** A worker or a command resolved it because the problem was gone; a person because they said so. */
function ResolvedBy({ by }: { by: string | null }) {
  if (!by) return <span>—</span>
  return <span>{by.startsWith('worker:') ? 'by itself' : formatActorName(by)}</span>
}
