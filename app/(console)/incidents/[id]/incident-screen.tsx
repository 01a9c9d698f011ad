'use client'

import { FileText } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { kindTitles } from '#lib/incidents/types.ts'
import type { incidentRead } from '../queries.ts'
import { ActsPanel } from './acts-panel.tsx'
import { AssignField } from './assign-field.tsx'
import { LastGoodStatePanel } from './last-good-state.tsx'
import { NowCard } from './now-card.tsx'
import { RelatedPanel } from './related-panel.tsx'
import { Runbook } from './runbook.tsx'
import { StatusMoves } from './status-moves.tsx'
import { Timeline } from './timeline.tsx'

const SeverityDialog = dynamic(() => import('./severity-dialog.tsx').then((module) => module.SeverityDialog))

export type IncidentData = Wire<ReadData<typeof incidentRead>>

export function IncidentScreen({ loaded }: { loaded: Loaded<ReadData<typeof incidentRead>> }) {
  const { data } = useLoaded(loaded)
  const { incident, role } = data
  return (
    <>
      <PageTarget name={incident.targetName} />
      <PageHeader
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="break-words">
              #{incident.number} {incident.title}
            </span>
            <SeverityBadge severity={incident.severity} />
            <StatusDot status={incident.status} className="text-sm font-normal" />
          </span>
        }
        about={
          <>
            {kindTitles[incident.kind]} · {incident.targetName ?? 'Holdfast itself'}
            {incident.environment ? ` (${incident.environment})` : ''}, began{' '}
            <Time at={incident.beganAt} exact />, opened by {openerOf(incident.openedBy)}
          </>
        }
        actions={
          <>
            <Button asChild>
              <Link href={`/incidents/${incident.id}/postmortem`}>
                <FileText aria-hidden />
                Postmortem
              </Link>
            </Button>
            {can(role, 'incidents.move') ? <StatusMoves incident={incident} /> : null}
          </>
        }
      />
      <NowCard data={data} />
      <Clocks data={data} />
      <div className="grid min-w-0 gap-4 xl:grid-cols-[minmax(0,1fr)_25rem]">
        <div className="order-2 grid min-w-0 content-start gap-4 xl:order-1">
          <LastGoodStatePanel data={data} />
          <Timeline data={data} />
        </div>
        <div className="order-1 grid min-w-0 content-start gap-4 xl:order-2">
          <Runbook data={data} />
          {can(role, 'incidents.assign') && incident.status !== 'closed' ? (
            <Card className="grid gap-2 px-4 py-3" data-no-print>
              <AssignField data={data} />
              {can(role, 'incidents.rate') ? (
                <div>
                  <SeverityDialog incident={incident} />
                </div>
              ) : null}
            </Card>
          ) : null}
          <ActsPanel operations={data.operations} />
          <Losses data={data} />
          <RelatedPanel related={data.related} />
          {incident.resolution ? (
            <Panel title="How it ended">
              <p className="text-sm break-words whitespace-pre-wrap">{incident.resolution}</p>
            </Panel>
          ) : null}
        </div>
      </div>
    </>
  )
}

/** A worker opens it because the rule for fresh losses says so. */
const openerOf = (openedBy: string): string =>
  openedBy.startsWith('worker:') ? 'the rule for fresh losses' : formatActorName(openedBy)

function Clocks({ data: { incident, clocks } }: { data: IncidentData }) {
  const missing = (incident.rowsLost ?? 0) - (incident.rowsRecovered ?? 0)
  return (
    <Card className="mb-4 grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 sm:grid-cols-3 lg:grid-cols-6">
      {incident.resolvedAt ? (
        <Stat label="Lasted" value={formatDuration(clocks.resolveMs)} />
      ) : (
        <Stat label="Assigned to" value={<Person of={incident.assignee} />} />
      )}
      <Stat
        label="Commander"
        value={<Person of={incident.commander} />}
        tone={incident.commander || incident.resolvedAt ? 'plain' : 'warn'}
      />
      <Stat
        label="Rows lost"
        value={formatCount(incident.rowsLost)}
        note={incident.rowsLost === null ? 'no evidence yet' : 'journal and row counts'}
        tone={incident.rowsLost ? 'bad' : 'plain'}
      />
      <Stat
        label="Rows recovered"
        value={formatCount(incident.rowsRecovered)}
        tone={incident.rowsLost && missing <= 0 ? 'good' : 'plain'}
      />
      <Stat
        label="Detected after"
        value={formatDuration(clocks.detectMs)}
        note={clocks.accessMs === null ? null : `access back after ${formatDuration(clocks.accessMs)}`}
      />
      <Stat
        label="Recovered after"
        value={formatDuration(clocks.recoverMs)}
        note={
          clocks.acknowledgeMs === null
            ? 'not acknowledged'
            : `acknowledged after ${formatDuration(clocks.acknowledgeMs)}`
        }
      />
    </Card>
  )
}

const Person = ({ of: email }: { of: string | null }) => (
  <span className="block truncate text-base leading-7" title={email ?? undefined}>
    {email ?? 'Nobody'}
  </span>
)

function Losses({ data: { losses } }: { data: IncidentData }) {
  if (!losses || losses.length === 0) return null
  return (
    <Panel title="Lost rows by table">
      <ul className="grid gap-1 text-sm">
        {losses.map((loss) => (
          <li key={loss.table} className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 font-mono text-xs break-all">{loss.table}</span>
            <span className="shrink-0">
              <span className="font-medium text-bad">{formatCount(loss.rows)}</span>{' '}
              <span className="text-xs text-ink-faint">
                {loss.evidence === 'journal' ? 'journal' : 'row counts'}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
