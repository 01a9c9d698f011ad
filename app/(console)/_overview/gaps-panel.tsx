'use client'

import { ShieldOff } from 'lucide-react'
import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import type { Overview } from '#lib/overview/types.ts'

/** What is not protected, not watched or not proven yet. */
export function GapsPanel({ overview: { gaps, control, target } }: { overview: Wire<Overview> }) {
  return (
    <Panel title="Not protected yet" flush>
      {gaps.length === 0 ? (
        <p className="px-4 py-3 text-ink-soft">
          {control?.name === target.name
            ? 'It has an archive, and the archive is proven.'
            : 'Every protected table has a guard, a snapshot, an archive and a proof.'}
        </p>
      ) : (
        <ul>
          {gaps.map((gap) => (
            <li key={gap.key} className="flex gap-2 border-b border-line px-4 py-2 last:border-b-0">
              <ShieldOff aria-hidden className="mt-0.5 size-3.5 shrink-0 text-warn" />
              <span className="min-w-0">
                {gap.text}{' '}
                <Link
                  href={gap.step.href}
                  className="font-medium whitespace-nowrap text-accent hover:underline"
                >
                  {gap.step.label}
                </Link>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
