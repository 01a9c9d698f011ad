'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Panel } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { AlertActs } from '../alert-acts.tsx'
import { FlappingBadge, Remedy } from '../alert-parts.tsx'
import { placeOf } from '../place-of.ts'
import type { alertRead } from '../queries.ts'
import { DeliveriesPanel } from './deliveries-panel.tsx'
import { EarlierPanel } from './earlier-panel.tsx'
import { NextPanel } from './next-panel.tsx'

export type AlertData = Wire<ReadData<typeof alertRead>>

export function AlertScreen({ loaded }: { loaded: Loaded<ReadData<typeof alertRead>> }) {
  const { data } = useLoaded(loaded)
  const { alert } = data
  return (
    <>
      <p className="mb-1 text-sm" data-no-print>
        <Link
          href={alert.targetName ? `/alerts?target=${encodeURIComponent(alert.targetName)}` : '/alerts'}
          className="text-accent hover:underline"
        >
          Alerts
        </Link>
      </p>
      <PageHeader
        title={alert.title}
        about={`${alert.targetName ?? 'Holdfast itself'} · ${alert.fingerprint}`}
        actions={<AlertActs alert={alert} role={data.role} />}
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="grid content-start gap-4">
          <Problem data={data} />
          <DeliveriesPanel deliveries={data.deliveries} status={alert.status} />
        </div>
        <div className="grid content-start gap-4">
          <NextPanel data={data} />
          <EventsPanel events={data.events} />
          <EarlierPanel earlier={data.earlier} />
        </div>
      </div>
    </>
  )
}

function Problem({ data: { alert, openIncident, role } }: { data: AlertData }) {
  const place = placeOf(alert.fingerprint, alert.targetName)
  return (
    <Panel
      title={
        <span className="flex flex-wrap items-center gap-2">
          <SeverityBadge severity={alert.severity} />
          <StatusDot status={alert.status} />
          <FlappingBadge alert={alert} />
        </span>
      }
      actions={
        alert.incidentId ? (
          <Button asChild size="small">
            <Link href={`/incidents/${alert.incidentId}`}>Incident #{alert.incidentNumber}</Link>
          </Button>
        ) : openIncident ? (
          <Button asChild size="small">
            <Link href={`/incidents/${openIncident.id}`}>Open incident #{openIncident.number}</Link>
          </Button>
        ) : alert.status !== 'resolved' && alert.targetName && can(role, 'incidents.open') ? (
          <Button asChild size="small">
            <Link href={`/incidents?target=${encodeURIComponent(alert.targetName)}&new=1`}>
              Open an incident
            </Link>
          </Button>
        ) : null
      }
    >
      <p className="text-sm break-words">{alert.details}</p>
      <Remedy text={alert.remedy} />
      <dl className="mt-3 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm [&_dt]:text-ink-faint">
        <dt>Seen</dt>
        <dd>
          {alert.occurrences}×, first <Time at={alert.firstSeenAt} exact />, last{' '}
          <Time at={alert.lastSeenAt} />
        </dd>
        {alert.flappingSince ? (
          <>
            <dt>Comes and goes</dt>
            <dd>
              since <Time at={alert.flappingSince} exact />, {alert.turns} turns. Each turn is counted and not
              told until it is calm for half an hour.
            </dd>
          </>
        ) : null}
        {alert.status === 'acknowledged' ? (
          <>
            <dt>Acknowledged</dt>
            <dd>
              by {formatActorName(alert.acknowledgedBy ?? '')} <Time at={alert.acknowledgedAt} />
            </dd>
          </>
        ) : null}
        {alert.status === 'silenced' ? (
          <>
            <dt>Silent until</dt>
            <dd>
              <Time at={alert.silencedUntil} exact />{' '}
              <Link href="/alerts/quiet" className="text-accent hover:underline">
                Silences
              </Link>
            </dd>
          </>
        ) : null}
        {alert.resolvedAt ? (
          <>
            <dt>Resolved</dt>
            <dd>
              <Time at={alert.resolvedAt} exact /> by {formatActorName(alert.resolvedBy ?? '')}
            </dd>
          </>
        ) : null}
        <dt>Look closer</dt>
        <dd>
          <Link href={place.href} className="text-accent hover:underline">
            {place.title}
          </Link>
        </dd>
      </dl>
    </Panel>
  )
}

function EventsPanel({ events }: { events: AlertData['events'] }) {
  return (
    <Panel title="What happened" about="The newest first">
      <ol className="grid gap-1.5 border-l-2 border-line pl-3 text-sm">
        {events.toReversed().map((event) => (
          <li key={event.id} className="min-w-0">
            <Time at={event.at} exact className="text-xs text-ink-faint" />{' '}
            <span className="font-medium">{event.kind}</span>{' '}
            <span className="break-words text-ink-soft">{event.note}</span>{' '}
            <span className="text-xs text-ink-faint">{formatActorName(event.actor)}</span>
          </li>
        ))}
      </ol>
    </Panel>
  )
}
