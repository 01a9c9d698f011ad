'use client'

import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import type { Overview } from '#lib/overview/types.ts'

/** The last changes shipped to the target, with the gate's verdict. */
export function DeploymentsPanel({ overview: { deployments, target } }: { overview: Wire<Overview> }) {
  return (
    <Panel
      title="Last deployments"
      flush
      actions={
        <Link
          href={`/deployments?target=${encodeURIComponent(target.name)}`}
          className="text-xs font-medium text-accent hover:underline"
        >
          All deployments
        </Link>
      }
    >
      {deployments.length === 0 ? (
        <p className="px-4 py-3 text-ink-soft">None was validated here yet.</p>
      ) : (
        <ul>
          {deployments.map((deployment) => (
            <li key={deployment.id} className="border-b border-line last:border-b-0">
              <Link
                href={`/deployments/${deployment.id}`}
                className="flex items-center gap-2 px-4 py-2 hover:bg-raised"
              >
                <span className="text-ink-faint">#{deployment.number}</span>
                <span className="mr-auto truncate">{deployment.title}</span>
                <StatusDot status={deployment.verdict ?? deployment.status} className="text-xs font-medium" />
                <span className="text-xs whitespace-nowrap text-ink-faint">
                  <Time at={deployment.createdAt} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}
