'use client'

import Link from 'next/link'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Card } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Time } from '#components/ui/time.tsx'
import type { Role } from '#lib/context.ts'
import { formatActorName } from '#lib/format/format-actor.ts'
import { AlertActs } from './alert-acts.tsx'
import { FlappingBadge, Remedy, ToldLine } from './alert-parts.tsx'
import type { ShownAlert } from './alerts-screen.tsx'
import { placeOf } from './place-of.ts'

const edges: Record<string, string> = {
  INFO: 'border-l-line-strong',
  WARNING: 'border-l-warn',
  CRITICAL: 'border-l-bad',
  EMERGENCY: 'border-l-bad-strong',
}

export function AlertCard({ alert, role }: { alert: ShownAlert; role: Role }) {
  const place = placeOf(alert.fingerprint, alert.targetName)
  return (
    <Card className={classNames('border-l-4 px-4 py-3', edges[alert.severity])}>
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="mr-auto min-w-0 max-w-3xl">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <SeverityBadge severity={alert.severity} />
            <Link href={`/alerts/${alert.id}`} className="font-medium break-words hover:underline">
              {alert.title}
            </Link>
            <FlappingBadge alert={alert} />
          </p>
          <p className="mt-1 text-sm break-words text-ink-soft">{alert.details}</p>
        </div>
        <AlertActs alert={alert} role={role} />
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
        <ToldLine alert={alert} />
        <Link href={place.href} className="text-accent hover:underline">
          {place.title}
        </Link>
        {alert.incidentId ? (
          <Link href={`/incidents/${alert.incidentId}`} className="text-accent hover:underline">
            Incident #{alert.incidentNumber}
          </Link>
        ) : null}
        <Link href={`/alerts/${alert.id}`} className="text-accent hover:underline">
          History
        </Link>
      </p>
    </Card>
  )
}
