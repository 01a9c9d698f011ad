import Link from 'next/link'
import { classNames } from '#components/ui/class-names.ts'
import { statusWord } from '#components/ui/status-dot.tsx'
import { formatUtc } from '#lib/format/format-time.ts'
import { type StateOf, stateOf } from './comparison-state.tsx'

const fills: Record<string, string> = {
  'in-sync': 'bg-good',
  drift: 'bg-bad',
  failed: 'bg-idle',
  running: 'bg-accent animate-pulse',
  queued: 'bg-line-strong',
}

/** A mirror's last comparisons, oldest first; each leads to what it found. */
export function HistoryStrip({
  label,
  comparisons,
}: {
  label: string
  comparisons: readonly (StateOf & { id: string; createdAt: string })[]
}) {
  return (
    <ol aria-label={label} className="flex h-6 items-stretch gap-[3px] overflow-hidden">
      {comparisons.map((comparison) => {
        const state = stateOf(comparison)
        const words = `${formatUtc(new Date(comparison.createdAt))}: ${state === 'failed' ? 'not compared' : statusWord(state)}`
        return (
          <li key={comparison.id} className="w-2.5 min-w-1 shrink">
            <Link
              href={`/drift/${comparison.id}`}
              title={words}
              className={classNames('block h-full rounded-[2px] hover:opacity-70', fills[state])}
            >
              <span className="sr-only">{words}</span>
            </Link>
          </li>
        )
      })}
    </ol>
  )
}
