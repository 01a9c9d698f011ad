import { Time } from '#components/ui/time.tsx'
import type { RecoveryData } from './recovery-screen.tsx'

/** Where the search looked, and from when on it took what is gone for lost. */
export function SearchedNote({ found }: { found: NonNullable<RecoveryData['found']> }) {
  const { searched, lostSince, problems, memberships } = found
  if (memberships.every(({ users }) => users.length === 0)) return null
  return (
    <div className="grid gap-1 px-1 text-xs text-ink-soft">
      <p>
        Lost means gone since <Time at={lostSince} exact />; what was gone before, or was taken away with
        approval, is not given back unless you ask for it.
      </p>
      <p>
        Looked into{' '}
        {searched.length === 0
          ? 'nothing: there is no journal, no snapshot and no archive'
          : searched.map(({ kind, at, backupId }, i) => (
              <span key={backupId ?? kind}>
                {i > 0 ? ', ' : ''}
                the {kind} {kind === 'journal' ? 'up to' : 'of'} <Time at={at} exact />
              </span>
            ))}
        .
      </p>
      {problems.map((problem) => (
        <p key={problem} className="text-warn">
          {problem}
        </p>
      ))}
    </div>
  )
}
