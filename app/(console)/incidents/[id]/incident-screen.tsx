'use client'

import { Download } from 'lucide-react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { RunningClock, Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { formatCount } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import type { incidentRead } from '../queries.ts'
import { ActsPanel } from './acts-panel.tsx'
import { NoteForm } from './note-form.tsx'
import { Runbook } from './runbook.tsx'
import { StatusMoves } from './status-moves.tsx'
import { Timeline } from './timeline.tsx'

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
            {incident.targetName ?? 'No database'}
            {incident.environment ? ` (${incident.environment})` : ''}, began{' '}
            <Time at={incident.beganAt} exact />, opened by {openerOf(incident.openedBy)}
          </>
        }
        actions={
          <>
            <Button asChild>
              <a href={`/api/incidents/${incident.id}/postmortem`} download>
                <Download aria-hidden />
                Postmortem
              </a>
            </Button>
            {can(role, 'incidents.move') ? <StatusMoves incident={incident} /> : null}
          </>
        }
      />
      <Clocks data={data} />
      <div className="grid min-w-0 gap-4 xl:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="order-2 min-w-0 xl:order-1">
          <Panel
            title="Timeline"
            about="Everything that is recorded, in your time; point at a time for UTC"
            flush
          >
            {can(role, 'incidents.note') && incident.status !== 'closed' ? (
              <NoteForm incidentId={incident.id} />
            ) : null}
            <Timeline entries={data.timeline} since={incident.beganAt} />
          </Panel>
        </div>
        <div className="order-1 grid content-start gap-4 xl:order-2">
          <Runbook data={data} />
          <ActsPanel operations={data.operations} />
          <Losses data={data} />
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
      <Stat
        label={incident.resolvedAt ? 'Lasted' : 'Running for'}
        value={
          incident.resolvedAt ? formatDuration(clocks.resolveMs) : <RunningClock since={incident.beganAt} />
        }
        tone={incident.resolvedAt ? 'plain' : 'bad'}
      />
      <Stat
        label="Commander"
        value={<span className="block truncate text-base leading-7">{incident.commander ?? 'Nobody'}</span>}
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
      <Stat label="Detected after" value={formatDuration(clocks.detectMs)} />
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
