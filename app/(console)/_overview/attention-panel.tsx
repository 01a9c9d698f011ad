'use client'

import { ArrowRight } from 'lucide-react'
import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { CalmEvidence } from '#app/(console)/_overview/calm-evidence.tsx'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { Panel } from '#components/ui/card.tsx'
import { Time } from '#components/ui/time.tsx'
import type { Overview } from '#lib/overview/types.ts'

const shownAtOnce = 6

/** Only what a person must act on, each with its one next step. */
export function AttentionPanel({ overview }: { overview: Wire<Overview> }) {
  const { attention, target } = overview
  const more = attention.length - shownAtOnce
  return (
    <Panel
      title="Needs attention"
      about="What somebody already took is not in this list."
      flush
      // Room for one, so that the page does not jump when the first comes.
      className="min-h-38"
    >
      {attention.length === 0 ? (
        <CalmEvidence overview={overview} />
      ) : (
        <ul>
          {attention.slice(0, shownAtOnce).map((item) => (
            <li
              key={item.key}
              className="flex items-start gap-3 border-b border-line px-4 py-2.5 last:border-b-0 max-sm:flex-col max-sm:gap-1.5"
            >
              <span className="w-24 shrink-0 pt-px max-sm:w-auto">
                <SeverityBadge severity={item.severity} />
              </span>
              <div className="mr-auto min-w-0">
                <p className="font-medium">{item.title}</p>
                <p className="text-ink-soft">{item.detail}</p>
                <p className="text-xs text-ink-faint">
                  since <Time at={item.since} />
                </p>
              </div>
              <Link
                href={item.step.href}
                className="inline-flex shrink-0 items-center gap-1 py-px font-medium text-accent hover:underline max-sm:min-h-9"
              >
                {item.step.label}
                <ArrowRight aria-hidden className="size-3.5" />
              </Link>
            </li>
          ))}
          {more > 0 ? (
            <li className="px-4 py-2">
              <Link
                href={`/alerts?target=${encodeURIComponent(target.name)}`}
                className="font-medium text-accent hover:underline"
              >
                {more} more in Alerts
              </Link>
            </li>
          ) : null}
        </ul>
      )}
    </Panel>
  )
}
