'use client'

import Link from 'next/link'
import { Countdown } from '#components/operations/countdown.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Code } from '#components/ui/code.tsx'
import { Time } from '#components/ui/time.tsx'
import type { ShownAlert } from './alerts-screen.tsx'

/** What helps; a command in it stands by itself, ready to copy. */
export function Remedy({ text }: { text: string | null }) {
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

/** It comes and goes, which is counted and not told each time. */
export function FlappingBadge({
  alert,
}: {
  alert: { flappingSince: string | null; absentSince: string | null }
}) {
  if (!alert.flappingSince) return null
  return <Badge tone="warn">{alert.absentSince ? 'comes and goes: gone now' : 'comes and goes'}</Badge>
}

const told: Record<string, string> = {
  queued: 'on its way',
  sending: 'on its way',
  failed: 'failed',
  held: 'held',
}

/** Who was told, and who is next. */
export function ToldLine({ alert }: { alert: ShownAlert }) {
  const { telling } = alert
  return (
    <>
      {alert.told.length > 0 ? (
        <span>
          Told{' '}
          {alert.told.map(({ who, status, heldBecause }, index) => (
            <span key={who} className={status === 'failed' ? 'text-bad' : undefined}>
              {index > 0 ? ', ' : ''}
              {who}
              {status === 'held' && heldBecause && !/^(Maintenance|Silence)/.test(heldBecause)
                ? ' (with others)'
                : told[status]
                  ? ` (${told[status]})`
                  : ''}
            </span>
          ))}
        </span>
      ) : null}
      {telling?.tellsNobody ? (
        <Link href="/alerts/routes" className="font-medium text-warn hover:underline">
          Tells nobody
        </Link>
      ) : null}
      {telling?.next ? (
        <span>
          {telling.next.heldBy ? `Held by “${telling.next.heldBy}”; then` : 'Next'}{' '}
          {telling.next.tells.length > 0 ? telling.next.tells.join(', ') : 'nobody: nobody is there'} in{' '}
          <Countdown until={telling.next.at} over="moments" />
        </span>
      ) : null}
      {alert.status === 'silenced' ? (
        <span>
          Silent until <Time at={alert.silencedUntil} exact />
        </span>
      ) : null}
    </>
  )
}
