import { classNames } from '#components/ui/class-names.ts'

type Look = { colour: string; shape: 'full' | 'ring' | 'half' | 'pulse' }

const good: Look = { colour: 'text-good', shape: 'full' }
const bad: Look = { colour: 'text-bad', shape: 'full' }
const warn: Look = { colour: 'text-warn', shape: 'full' }
const unknown: Look = { colour: 'text-idle', shape: 'ring' }
const waiting: Look = { colour: 'text-warn', shape: 'half' }
const running: Look = { colour: 'text-accent', shape: 'pulse' }
const ended: Look = { colour: 'text-idle', shape: 'full' }

/** Every status word of the product. A word that is not here looks unknown, never green. */
const looks: Record<string, Look> = {
  healthy: good,
  good,
  passed: good,
  succeeded: good,
  installed: good,
  APPROVED: good,
  normal: good,
  faster: good,
  stable: good,
  'facts-proven': good,
  reachable: good,
  'in-sync': good,
  unhealthy: bad,
  failed: bad,
  firing: bad,
  open: bad,
  BLOCKED: bad,
  blocked: bad,
  tampered: bad,
  missing: bad,
  damaged: bad,
  unreachable: bad,
  critical: bad,
  regressed: bad,
  drift: bad,
  refused: bad,
  suspicious: warn,
  slower: warn,
  investigating: warn,
  acknowledged: warn,
  inconclusive: warn,
  stale: warn,
  overdue: warn,
  outdated: warn,
  unsupported: warn,
  'no-data': unknown,
  learning: unknown,
  requested: waiting,
  planned: waiting,
  'awaiting-approval': waiting,
  approved: waiting,
  queued: waiting,
  running,
  writing: running,
  verifying: running,
  validating: running,
  resolved: ended,
  closed: ended,
  silenced: ended,
  cancelled: ended,
  expired: ended,
  expiring: ended,
  deleting: ended,
}

/** The word for a status as people read it: `no-data` is `no data`. */
export const statusWord = (status: string): string => status.replaceAll('-', ' ')

/** A status by shape and colour, with its word beside it (or for screen readers only, with `bare`). */
export function StatusDot({
  status,
  label,
  bare = false,
  className,
}: {
  status: string
  label?: string
  bare?: boolean
  className?: string
}) {
  const look = looks[status] ?? unknown
  const word = label ?? statusWord(status)
  return (
    <span className={classNames('inline-flex items-center gap-1.5 whitespace-nowrap', className)}>
      <svg
        aria-hidden
        viewBox="0 0 10 10"
        className={classNames('size-2.5 shrink-0', look.colour, look.shape === 'pulse' && 'animate-pulse')}
      >
        {look.shape === 'ring' ? (
          <circle
            cx="5"
            cy="5"
            r="3.6"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.6"
            strokeDasharray="2.2 1.6"
          />
        ) : look.shape === 'half' ? (
          <>
            <circle cx="5" cy="5" r="3.8" fill="none" stroke="currentColor" strokeWidth="1.6" />
            <path d="M5 1.2a3.8 3.8 0 0 1 0 7.6z" fill="currentColor" />
          </>
        ) : (
          <circle cx="5" cy="5" r="4.4" fill="currentColor" />
        )}
      </svg>
      <span className={bare ? 'sr-only' : undefined}>{word}</span>
    </span>
  )
}
