'use client'

import Link from 'next/link'
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
import type { alertsRead } from './queries.ts'

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
  const { alerts, target, incident, role } = data
  const resolved = alerts.filter(({ status }) => status === 'resolved')
  const firing = alerts.filter(({ status }) => status === 'firing').length
  const open = alerts.length - resolved.length
  return (
    <>
      <PageHeader
        title="Alerts"
        about={
          open === 0
            ? `Nothing is wrong with ${target.name} as far as it is looked at.`
            : `${countOf(firing, 'alert')} firing on ${target.name}. One problem is told once, however often it is seen.`
        }
        actions={
          incident ? (
            <Button asChild variant="danger-outline">
              <Link href={`/incidents/${incident.id}`}>Incident #{incident.number}</Link>
            </Button>
          ) : open > 0 && can(role, 'incidents.open') ? (
            <Button asChild>
              <Link href={`/incidents?target=${encodeURIComponent(target.name)}&new=1`}>
                Open an incident
              </Link>
            </Button>
          ) : null
        }
      />
      <Elsewhere of={data.elsewhere} />
      {open === 0 ? (
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
      ) : null}
      {groups.map(({ status, title }) => {
        const inGroup = alerts.filter((alert) => alert.status === status)
        if (inGroup.length === 0) return null
        return (
          <section key={status} className="mb-5" aria-label={title}>
            <h2 className="mb-2 text-sm">
              {title} <span className="text-ink-faint">{inGroup.length}</span>
            </h2>
            <ul className="grid gap-2">
              {inGroup.map((alert) => (
                <li key={alert.id}>
                  <AlertCard
                    alert={alert}
                    role={role}
                    events={data.events.filter(({ alertId }) => alertId === alert.id)}
                  />
                </li>
              ))}
            </ul>
          </section>
        )
      })}
      <Panel title="Resolved" about="The newest first" flush>
        <ResolvedTable alerts={resolved} />
      </Panel>
    </>
  )
}

function Elsewhere({ of: others }: { of: AlertsData['elsewhere'] }) {
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
          cell: (row) => <StatusDot status="resolved" label={row.title} className="whitespace-normal" />,
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
