import { classNames } from '#components/ui/class-names.ts'
import { statusWord } from '#components/ui/status-dot.tsx'

const fills: Record<string, string> = {
  healthy: 'bg-good',
  unhealthy: 'bg-bad',
  'no-data': 'border-y border-dashed border-line-strong bg-sunken',
  'not looked': 'bg-transparent',
}

interface Stretch {
  from: number
  status: string
  intervals: number
}

function stretchesOf(statuses: readonly (string | null)[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const [from, known] of statuses.entries()) {
    const status = known ?? 'not looked'
    const last = stretches.at(-1)
    if (last?.status === status) last.intervals++
    else stretches.push({ from, status, intervals: 1 })
  }
  return stretches
}

/** Statuses over time, oldest first. What was not known is a hole, never a colour of health; one bad interval stays visible. */
export function StatusStrip({
  statuses,
  about,
  className,
}: {
  statuses: readonly (string | null)[]
  /** What the whole strip shows: `the last 48 hours`. */
  about: string
  className?: string
}) {
  const count = (status: string | null) => statuses.filter((each) => each === status).length
  const words = [
    [count('unhealthy'), 'unhealthy'],
    [count('no-data'), 'without data'],
    [count(null), 'in which nobody looked'],
  ]
    .filter(([times]) => times !== 0)
    .map(([times, word]) => `${times} ${word}`)
  const label = `${about}: ${words.length === 0 ? 'healthy throughout' : `of ${statuses.length} intervals ${words.join(', ')}`}`
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={classNames('flex h-3 overflow-hidden rounded border border-line', className)}
    >
      {stretchesOf(statuses).map(({ from, status, intervals }) => (
        <span
          key={from}
          title={statusWord(status)}
          style={{ flexGrow: intervals }}
          className={classNames(
            'basis-0',
            status === 'unhealthy' || status === 'no-data' ? 'min-w-1' : 'min-w-0',
            fills[status],
          )}
        />
      ))}
    </span>
  )
}
