import Link from 'next/link'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Time } from '#components/ui/time.tsx'
import { checkHref } from './areas.ts'
import type { Opened } from './check-sheet.tsx'
import { TurnsList } from './turns-list.tsx'

/** When the check turned, and its findings one by one, newest first. */
export function CheckLog({ opened, target }: { opened: Opened; target: string }) {
  const { turns, findings, before, olderBefore, check, hours } = opened
  return (
    <>
      {turns.length > 0 ? (
        <section>
          <h3 className="mb-1 text-xs font-medium text-ink-soft">When it turned</h3>
          <div className="rounded-md border border-line">
            <TurnsList turns={turns} target={null} />
          </div>
        </section>
      ) : null}
      <section>
        <h3 className="mb-1 text-xs font-medium text-ink-soft">Findings, newest first</h3>
        {findings.length === 0 ? (
          <p className="text-sm text-ink-faint">None from before this moment is kept.</p>
        ) : (
          <ul className="divide-y divide-line rounded-md border border-line text-sm">
            {findings.map((finding) => (
              <li
                key={finding.checkedAt}
                className="grid gap-x-4 px-3 py-1 sm:grid-cols-[9rem_6rem_minmax(0,1fr)]"
              >
                <span className="text-ink-soft">
                  <Time at={finding.checkedAt} exact />
                </span>
                <StatusDot status={finding.status} />
                <span className="min-w-0 break-words">{finding.details}</span>
              </li>
            ))}
          </ul>
        )}
        <nav aria-label="Findings" className="mt-2 flex gap-4 text-sm" data-no-print>
          {before ? (
            <Link
              href={checkHref(target, check, { hours })}
              scroll={false}
              className="text-accent hover:underline"
            >
              Newest
            </Link>
          ) : null}
          {olderBefore ? (
            <Link
              href={checkHref(target, check, { hours, before: olderBefore })}
              scroll={false}
              className="text-accent hover:underline"
            >
              Older
            </Link>
          ) : null}
        </nav>
      </section>
    </>
  )
}
