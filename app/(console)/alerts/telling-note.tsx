'use client'

import Link from 'next/link'
import { Time } from '#components/ui/time.tsx'
import type { AlertsData } from './alerts-screen.tsx'

const note = 'mb-3 rounded-md border border-line bg-raised px-3 py-2 text-sm text-ink-soft'

/** Why nobody hears of what fires here, as far as that is so. */
export function TellingNote({ data }: { data: Pick<AlertsData, 'hasChannel' | 'hasRoute' | 'windows'> }) {
  const { windows, hasChannel, hasRoute } = data
  return (
    <>
      {windows.map(({ id, title, endsAt }) => (
        <p key={id} className={note}>
          Maintenance: <span className="font-medium text-ink">{title}</span>. Checks go on; what fires is told
          when it ends, <Time at={endsAt} />.{' '}
          <Link href="/alerts/quiet" className="text-accent hover:underline">
            Maintenance
          </Link>
        </p>
      ))}
      {hasChannel ? null : (
        <p className={note}>
          There is no channel: whatever fires here is shown on this page and told to nobody.{' '}
          <Link href="/settings/channels" className="text-accent hover:underline">
            Add a channel
          </Link>
        </p>
      )}
      {hasChannel && !hasRoute ? (
        <p className={note}>
          There is no route: everything is told once, to every channel.{' '}
          <Link href="/alerts/routes" className="text-accent hover:underline">
            Make a route
          </Link>
        </p>
      ) : null}
    </>
  )
}
