import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Card, Stat } from '#components/ui/card.tsx'
import { classNames } from '#components/ui/class-names.ts'
import { Bytes } from '#components/ui/numbers.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import type { Kept } from '../kept-words.ts'
import { rungs } from '../verification-ladder.tsx'
import type { backupRead } from './queries.ts'
import { wordsOfState } from './state-words.ts'

type Data = Wire<ReadData<typeof backupRead>>

/** The four steps with their words, those that were reached marked. */
function Ladder({ backup }: { backup: Data['backup'] }) {
  const reached = rungs.findIndex(({ level }) => level === backup.verification)
  const proven = backup.error === null && reached === rungs.length - 1
  return (
    <ol aria-label="Verification" className="grid gap-x-4 gap-y-2 sm:grid-cols-4">
      {rungs.map(({ level, word, about }, index) => {
        const isReached = index <= reached
        return (
          <li
            key={level}
            className={classNames(
              'border-t-2 pt-1.5',
              isReached ? (proven ? 'border-good' : 'border-accent') : 'border-line-strong border-dashed',
            )}
          >
            <div className={classNames('text-sm', isReached ? 'font-medium' : 'text-ink-faint')}>
              {index + 1}. {word}
              <span className="sr-only">{isReached ? ': reached' : ': not reached'}</span>
            </div>
            <div className="text-xs text-ink-faint">{about}</div>
            {index === reached ? (
              <div className="text-xs text-ink-soft">
                <Time at={backup.verifiedAt} />
              </div>
            ) : null}
          </li>
        )
      })}
    </ol>
  )
}

function keptWord({ status, origin, heldAt }: Data['backup'], kept: Kept | null): string {
  if (status === 'expired') return 'gone'
  if (status === 'expiring') return 'being deleted'
  if (heldAt) return 'held'
  if (origin === 'foreign') return 'by its makers'
  return kept === null ? '—' : kept.expires ? 'goes next' : 'kept'
}

/** What it is, how far it is proven, and what to do next. */
export function SummaryCard({ data: { backup, target, kept } }: { data: Data }) {
  const { means, next } = wordsOfState(backup)
  const raw = backup.manifest && 'rawBytes' in backup.manifest ? backup.manifest.rawBytes : null
  return (
    <Card className="grid gap-4 px-4 py-3">
      <p className="max-w-prose text-sm">
        {means} {next ? <span className="font-medium">{next}</span> : null}
      </p>
      {backup.kind === 'archive' && (backup.status !== 'failed' || backup.verification) ? (
        <Ladder backup={backup} />
      ) : null}
      <div className="grid grid-cols-2 gap-x-4 gap-y-3 lg:grid-cols-4">
        <Stat
          label="Holds the content of"
          value={<Time at={backup.takenAt} />}
          note={<Time at={backup.takenAt} exact />}
        />
        <Stat
          label="Size"
          value={<Bytes of={backup.sizeBytes} />}
          note={
            <>
              {raw ? (
                <>
                  of <Bytes of={raw} /> raw,{' '}
                </>
              ) : null}
              taken in <Duration ms={backup.durationMs} />
            </>
          }
        />
        <Stat
          label="Retention"
          value={keptWord(backup, kept)}
          note={
            backup.heldAt ? (
              <>
                by {backup.heldBy}, <Time at={backup.heldAt} />: {backup.holdReason}
              </>
            ) : kept?.because ? (
              `because: ${kept.because}`
            ) : kept?.expires ? (
              'the retention no longer keeps it'
            ) : null
          }
        />
        <Stat
          label="Taken for"
          value={backup.purpose}
          note={`${backup.requestedBy}; ${target.name}, PostgreSQL ${backup.serverVersion ?? 'unknown'}`}
        />
      </div>
    </Card>
  )
}
