import Link from 'next/link'
import { Time } from '#components/ui/time.tsx'
import type { FoundUser } from './locked-out-panel.tsx'

const removalWords = {
  approved: 'taken away with approval',
  earlier: 'gone before the loss',
  ended: 'ended by itself',
  organization: 'organisation is gone',
} as const

/** What somebody had: what comes back, and below it what was not lost, and why. */
export function FormerMemberships({ user }: { user: FoundUser }) {
  if (user.had.length + user.removed.length === 0)
    return <span className="text-ink-faint">nothing found</span>
  return (
    <span className="grid gap-0.5">
      {user.had.map((had) => (
        <span key={had.organization} title={had.organization}>
          {had.organizationLabel ?? had.organization}
          {had.role ? <span className="text-ink-soft"> as {had.role}</span> : null}
          {had.expiresAt ? (
            <span className="text-ink-soft">
              {' '}
              until <Time at={had.expiresAt} exact />
            </span>
          ) : null}
        </span>
      ))}
      {user.removed.map((had) => (
        <span key={`${had.removal} ${had.organization}`} className="text-ink-faint">
          {had.organizationLabel ?? had.organization}
          {had.role ? ` as ${had.role}` : ''}: {removalWords[had.removal]}
          {had.operationId ? (
            <>
              {' ('}
              <Link href={`/operations/${had.operationId}`} className="text-accent hover:underline">
                which
              </Link>
              )
            </>
          ) : null}
        </span>
      ))}
    </span>
  )
}

/** Since when it is gone, where the journal or two snapshots tell. */
export function GoneSince({ user }: { user: FoundUser }) {
  const [first] = [...user.had, ...user.removed]
  if (!first) return <span className="text-ink-faint">–</span>
  if (first.goneAt && first.goneAt === first.seenAt) return <Time at={first.goneAt} exact />
  if (first.goneAt)
    return (
      <span>
        before <Time at={first.goneAt} exact />
      </span>
    )
  return (
    <span>
      after <Time at={first.seenAt} exact />
    </span>
  )
}

export function FoundIn({ user }: { user: FoundUser }) {
  const [first] = [...user.had, ...user.removed]
  if (!first) return <span className="text-ink-faint">–</span>
  return (
    <span className="text-ink-soft">
      {first.source.kind}
      {first.source.kind === 'journal' ? null : (
        <>
          {' '}
          of <Time at={first.source.at} exact />
        </>
      )}
    </span>
  )
}
