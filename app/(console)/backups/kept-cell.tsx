import { Pin } from 'lucide-react'
import type { Wire } from '#app/_web/wire.ts'
import { Time } from '#components/ui/time.tsx'
import type { Backup } from '#lib/backups/types.ts'
import type { Kept } from './kept-words.ts'

type Shown = Pick<Wire<Backup>, 'status' | 'expiresAt' | 'heldAt' | 'heldBy' | 'holdReason' | 'origin'>

/** Whether a backup stays, and why: what a person decided first, then the retention's own reasons. */
export function KeptCell({ backup, kept }: { backup: Shown; kept: Kept | null }) {
  if (backup.status === 'expired') return <span className="text-ink-faint">gone</span>
  if (backup.status === 'expiring') return <span className="text-ink-soft">being deleted</span>
  if (backup.heldAt) {
    return (
      <span
        className="inline-flex items-center gap-1"
        title={`Held by ${backup.heldBy}: ${backup.holdReason}`}
      >
        <Pin aria-hidden className="size-3.5 text-accent" />
        held
      </span>
    )
  }
  if (backup.origin === 'foreign') return <span className="text-ink-soft">not by Holdfast</span>
  if (!kept) return <span className="text-ink-faint">—</span>
  if (kept.expires) return <span className="text-ink-soft">goes next</span>
  return (
    <span title={`Kept because: ${kept.because}`}>
      {kept.lead ?? (
        <>
          until <Time at={backup.expiresAt} exact />
        </>
      )}
      {kept.more > 0 ? <span className="text-xs text-ink-faint"> +{kept.more}</span> : null}
    </span>
  )
}
