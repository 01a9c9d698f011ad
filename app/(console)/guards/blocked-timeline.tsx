import { ShieldX } from 'lucide-react'
import type { Wire } from '#app/_web/wire.ts'
import { Code } from '#components/ui/code.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { TableNameText } from '#components/ui/table-name.tsx'
import { Time } from '#components/ui/time.tsx'
import { formatCount } from '#lib/format/format-count.ts'
import type { BlockedAttempt } from '#lib/guards/queries.ts'

const who = (attempt: Wire<BlockedAttempt>): string =>
  [attempt.role, attempt.application, attempt.address].filter(Boolean).join(' · ')

/** What the guards refused, newest first, with the statement as it was sent. */
export function BlockedTimeline({ attempts }: { attempts: readonly Wire<BlockedAttempt>[] }) {
  if (attempts.length === 0) {
    return (
      <EmptyState title="Nothing was refused so far">
        A refused statement appears here within seconds, although its transaction was rolled back.
      </EmptyState>
    )
  }
  return (
    <ol className="max-h-[36rem] overflow-y-auto">
      {attempts.map((attempt) => (
        <li key={attempt.id} className="relative flex gap-3 border-b border-line px-4 py-3 last:border-b-0">
          <ShieldX className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
          <div className="grid min-w-0 flex-1 gap-1">
            <p className="flex flex-wrap items-baseline gap-x-2 text-sm">
              <span className="font-medium">
                {attempt.rows === null ? 'Refused' : `${formatCount(attempt.rows)} rows refused`}
              </span>
              <TableNameText name={attempt.table} />
              <span className="ml-auto text-xs text-ink-soft">
                <Time at={attempt.at} />
              </span>
            </p>
            {attempt.role ? (
              <p className="text-xs break-words text-ink-soft">{who(attempt)}</p>
            ) : (
              <p className="text-xs text-ink-soft">
                Counted by a sequence that does not roll back; who and what could not be recorded.
              </p>
            )}
            {attempt.statement ? <Code label="statement">{attempt.statement}</Code> : null}
          </div>
        </li>
      ))}
    </ol>
  )
}
