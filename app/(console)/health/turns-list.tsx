import Link from 'next/link'
import { SeverityBadge } from '#components/ui/badge.tsx'
import { StatusDot, statusWord } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { checkHref } from './areas.ts'
import type { HealthData } from './health-screen.tsx'

type ShownTurn = HealthData['turns'][number]

/** Turns of one moment that went the same way are one line: the database did not answer, or answered again. */
function groupTurns(turns: readonly ShownTurn[]): ShownTurn[][] {
  return [...Map.groupBy(turns, ({ at, status, statusBefore }) => `${at} ${statusBefore} ${status}`).values()]
}

/** When checks turned, newest first. */
export function TurnsList({ turns, target }: { turns: readonly ShownTurn[]; target: string | null }) {
  return (
    <ul className="divide-y divide-line text-sm">
      {groupTurns(turns).map((together) => {
        const first = together[0]!
        return (
          <li
            key={`${first.check} ${first.at}`}
            className="grid gap-x-4 gap-y-0.5 px-4 py-2 sm:grid-cols-[9rem_13rem_minmax(0,1fr)]"
          >
            <span className="text-ink-soft">
              <Time at={first.at} exact />
            </span>
            <span className="inline-flex flex-wrap items-center gap-x-2">
              <StatusDot
                status={first.status}
                label={
                  first.statusBefore === null
                    ? `first seen ${statusWord(first.status)}`
                    : first.statusBefore === first.status
                      ? `still ${statusWord(first.status)}`
                      : statusWord(first.status)
                }
              />
              {first.status === 'unhealthy' ? <SeverityBadge severity={first.severity} /> : null}
            </span>
            <span className="min-w-0 break-words">
              {together.length > 1 ? (
                <>
                  {together.length} checks: <span className="text-ink-soft">{titlesOf(together)}</span>
                </>
              ) : target === null ? (
                first.details
              ) : (
                <>
                  <Link
                    href={checkHref(target, first.check)}
                    scroll={false}
                    className="text-accent hover:underline"
                  >
                    {first.title}
                  </Link>{' '}
                  <span className="text-ink-soft">{first.details}</span>
                </>
              )}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

const titlesOf = (turns: readonly ShownTurn[]): string =>
  turns.length <= 3
    ? turns.map(({ title }) => title).join(', ')
    : `${turns
        .slice(0, 3)
        .map(({ title }) => title)
        .join(', ')} and ${turns.length - 3} more`
