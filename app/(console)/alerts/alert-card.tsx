'use client'

import Link from 'next/link'
import { useState } from 'react'
import { useAction } from '#app/_web/use-action.ts'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Code } from '#components/ui/code.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import type { Role } from '#lib/context.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { acknowledgeAlertAction, resolveAlertAction, silenceAlertAction } from './actions.ts'
import type { AlertsData, ShownAlert } from './alerts-screen.tsx'

const edges: Record<string, string> = {
  INFO: 'border-l-line-strong',
  WARNING: 'border-l-warn',
  CRITICAL: 'border-l-bad',
  EMERGENCY: 'border-l-bad-strong',
}

/** Where a problem of this kind is looked at closely. */
function placeOf(fingerprint: string, targetName: string | null): { href: string; title: string } {
  const [source = '', name = ''] = fingerprint.split(':')
  const noun =
    source === 'guard'
      ? 'guards'
      : source === 'backup' || source === 'drill' || name === 'drill'
        ? 'backups'
        : source === 'performance'
          ? 'performance'
          : source === 'drift' || name === 'drift'
            ? 'drift'
            : source === 'target'
              ? 'settings'
              : 'health'
  const query = targetName ? `?target=${encodeURIComponent(targetName)}` : ''
  return { href: `/${noun}${query}`, title: noun[0]!.toUpperCase() + noun.slice(1) }
}

export function AlertCard({
  alert,
  events,
  role,
}: {
  alert: ShownAlert
  events: AlertsData['events']
  role: Role
}) {
  const [showHistory, setShowHistory] = useState(false)
  const place = placeOf(alert.fingerprint, alert.targetName)
  return (
    <Card className={classNames('border-l-4 px-4 py-3', edges[alert.severity])}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="mr-auto min-w-0 max-w-3xl">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <SeverityBadge severity={alert.severity} />
            <span className="font-medium break-words">{alert.title}</span>
          </p>
          <p className="mt-1 text-sm break-words text-ink-soft">{alert.details}</p>
        </div>
        <Acts alert={alert} role={role} />
      </div>
      <Remedy text={alert.remedy} />
      <p className="mt-2 flex flex-wrap gap-x-3 gap-y-1 text-xs text-ink-faint">
        <span>
          Seen {alert.occurrences}×, first <Time at={alert.firstSeenAt} />, last{' '}
          <Time at={alert.lastSeenAt} />
        </span>
        {alert.acknowledgedBy && alert.status === 'acknowledged' ? (
          <span>
            Acknowledged by {formatActorName(alert.acknowledgedBy)} <Time at={alert.acknowledgedAt} />
          </span>
        ) : null}
        {alert.status === 'silenced' ? (
          <span>
            Silent until <Time at={alert.silencedUntil} exact />
          </span>
        ) : null}
        <Link href={place.href} className="text-accent hover:underline">
          {place.title}
        </Link>
        {alert.incidentId ? (
          <Link href={`/incidents/${alert.incidentId}`} className="text-accent hover:underline">
            Incident #{alert.incidentNumber}
          </Link>
        ) : null}
        <button
          type="button"
          className="text-accent hover:underline"
          aria-expanded={showHistory}
          onClick={() => setShowHistory(!showHistory)}
        >
          {showHistory ? 'Hide history' : `History (${events.length})`}
        </button>
      </p>
      {showHistory ? <History events={events} /> : null}
    </Card>
  )
}

/** What helps; a command in it stands by itself, ready to copy. */
function Remedy({ text }: { text: string | null }) {
  if (!text) return null
  const command = /^(.*?)(?::\s*)(holdfast .+)$/s.exec(text)
  return (
    <div className="mt-2 max-w-3xl text-sm">
      <p>{command ? `${command[1]}:` : text}</p>
      {command ? (
        <Code label="command" className="mt-1">
          {command[2]!}
        </Code>
      ) : null}
    </div>
  )
}

function History({ events }: { events: AlertsData['events'] }) {
  return (
    <ol className="mt-2 grid gap-1 border-l-2 border-line pl-3 text-sm">
      {events.map((event) => (
        <li key={event.id} className="min-w-0">
          <Time at={event.at} exact className="text-xs text-ink-faint" />{' '}
          <span className="font-medium">{event.kind}</span>{' '}
          <span className="break-words text-ink-soft">{event.note}</span>{' '}
          <span className="text-xs text-ink-faint">{formatActorName(event.actor)}</span>
        </li>
      ))}
    </ol>
  )
}

const silences = [
  { minutes: 60, label: '1 hour' },
  { minutes: 8 * 60, label: '8 hours' },
  { minutes: 24 * 60, label: '1 day' },
  { minutes: 7 * 24 * 60, label: '7 days' },
]

function Acts({ alert, role }: { alert: ShownAlert; role: Role }) {
  const acknowledge = useAction(acknowledgeAlertAction, { done: 'Acknowledged', quiet: true })
  const silence = useAction(silenceAlertAction, { done: 'Silenced', quiet: true })
  const resolve = useAction(resolveAlertAction, { done: 'Resolved', quiet: true })
  if (!can(role, 'alerts.acknowledge')) return null
  const alertId = alert.id
  return (
    <div className="grid justify-items-end gap-2">
      <div className="flex flex-wrap gap-2" data-no-print>
        {alert.status !== 'acknowledged' ? (
          <Button
            size="small"
            variant="primary"
            pending={acknowledge.pending}
            onClick={() => void acknowledge.run({ alertId })}
          >
            Acknowledge
          </Button>
        ) : null}
        <Menu
          align="end"
          trigger={
            <Button size="small" pending={silence.pending}>
              Silence
            </Button>
          }
        >
          <MenuLabel>Keep quiet for</MenuLabel>
          {silences.map(({ minutes, label }) => (
            <MenuItem
              key={minutes}
              onSelect={() =>
                void silence.run({ alertId, until: new Date(Date.now() + minutes * 60_000).toISOString() })
              }
            >
              {label}
            </MenuItem>
          ))}
        </Menu>
        <Button size="small" pending={resolve.pending} onClick={() => void resolve.run({ alertId })}>
          Resolve
        </Button>
      </div>
      <Refusal of={acknowledge.refusal ?? silence.refusal ?? resolve.refusal} />
    </div>
  )
}
