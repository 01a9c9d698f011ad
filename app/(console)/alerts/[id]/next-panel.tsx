'use client'

import Link from 'next/link'
import { Countdown } from '#components/operations/countdown.tsx'
import { Panel } from '#components/ui/card.tsx'
import { ExplainedSteps } from '../explained-steps.tsx'
import type { AlertData } from './alert-screen.tsx'

/** What comes next while nobody acknowledges. */
export function NextPanel({ data: { alert, explanation } }: { data: AlertData }) {
  if (!explanation) {
    const why: Record<string, string> = {
      acknowledged: 'Somebody works on it: nobody else is told, unless it becomes worse.',
      silenced: 'It is silenced: nobody is told until the silence ends.',
      resolved: 'It is over.',
    }
    return (
      <Panel title="What comes next">
        <p className="text-sm text-ink-soft">{why[alert.status]}</p>
      </Panel>
    )
  }
  const next = explanation.steps[0]
  return (
    <Panel
      title="What comes next"
      about={explanation.route ? `Route “${explanation.route.name}”` : undefined}
      actions={
        next ? (
          <span className="text-sm">
            in <Countdown until={next.at} over="moments" />
          </span>
        ) : null
      }
    >
      {explanation.route ? (
        <ExplainedSteps explanation={explanation} />
      ) : (
        <p className="text-sm">
          <span className="font-medium text-warn">It tells nobody:</span> no route matches.{' '}
          <Link href="/alerts/routes" className="text-accent hover:underline">
            Routes
          </Link>
        </p>
      )}
    </Panel>
  )
}
