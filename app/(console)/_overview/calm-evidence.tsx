'use client'

import { CircleCheck } from 'lucide-react'
import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Time } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { Overview } from '#lib/overview/types.ts'

function Fact({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link
      href={href}
      className="underline decoration-line-strong underline-offset-2 hover:decoration-current"
    >
      {children}
    </Link>
  )
}

/** Nothing waits for a person, and what that is known from. */
export function CalmEvidence({ overview: { evidence, target } }: { overview: Wire<Overview> }) {
  const { checks, guarded, onCall, channels, maintenance } = evidence
  const of = `?target=${encodeURIComponent(target.name)}`
  const [first] = onCall
  return (
    <div className="grid gap-1.5 px-4 py-3 text-ink-soft">
      <p className="flex items-center gap-2 font-medium text-ink">
        <CircleCheck aria-hidden className="size-4 text-good" />
        Nothing waits for a person.
      </p>
      <ul className="grid gap-0.5 pl-6 text-xs">
        {checks.total > 0 ? (
          <li>
            <Fact href={`/health${of}`}>
              {checks.healthy} of {countOf(checks.total, 'check')} healthy
            </Fact>
            {checks.noData > 0 ? `, ${checks.noData} without data` : ''}
            {checks.newestAt ? (
              <>
                , the newest <Time at={checks.newestAt} />
              </>
            ) : null}
            .
          </li>
        ) : null}
        {guarded.total > 0 ? (
          <li>
            <Fact href={`/guards${of}`}>
              {guarded.installed} of {countOf(guarded.total, 'table')} guarded
            </Fact>
            .
          </li>
        ) : null}
        {maintenance ? (
          <li>
            Maintenance, “{maintenance.title}”, until <Time at={maintenance.endsAt} exact />: nobody is paged.
          </li>
        ) : null}
        {first ? (
          <li>
            On call: <Fact href="/alerts/on-call">{onCall.map(({ name }) => name).join(', ')}</Fact>, until{' '}
            <Time at={first.until} exact />.
          </li>
        ) : null}
        {channels.total > 0 ? (
          <li>
            Alerts go through <Fact href="/settings/channels">{countOf(channels.total, 'channel')}</Fact>
            {channels.working < channels.total ? `, ${channels.working} of them proven to work` : ''}.
          </li>
        ) : null}
      </ul>
    </div>
  )
}
