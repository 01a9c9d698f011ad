import type { Wire } from '#app/_web/wire.ts'
import { StatusDot } from '#components/ui/status-dot.tsx'
import type { ListedCopy } from '#lib/backups/list-backups-page.ts'
import { VerificationLadder } from './verification-ladder.tsx'

const statusWords: Record<ListedCopy['status'], string> = {
  writing: 'being written',
  good: 'good',
  damaged: 'damaged',
  missing: 'missing',
  failed: 'was not written',
  deleting: 'being deleted',
  deleted: 'deleted',
}

export const wordOfCopy = (status: ListedCopy['status']): string => statusWords[status]

/** Each store that should have it, with the state of that copy. */
export function CopiesCell({ copies }: { copies: readonly Wire<ListedCopy>[] }) {
  if (copies.length === 0) return <span className="text-ink-faint">—</span>
  return (
    <ul className="grid gap-0.5 max-sm:justify-items-end">
      {copies.map(({ id, store, status, verification, error }) => (
        <li key={id} className="flex items-center gap-1.5" title={error?.message}>
          <StatusDot status={status} label={store} />
          {status === 'good' ? (
            <VerificationLadder level={verification} worded={false} />
          ) : (
            <span className={status === 'deleting' ? 'text-xs text-ink-faint' : 'text-xs text-bad'}>
              {wordOfCopy(status)}
            </span>
          )}
        </li>
      ))}
    </ul>
  )
}
