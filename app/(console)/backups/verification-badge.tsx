import { Badge, type Tone } from '#components/ui/badge.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import type { BackupStatus, Verification } from '#lib/backups/types.ts'

const levels: Record<Verification, { tone: Tone; words: string; about: string }> = {
  checksum: { tone: 'plain', words: 'checksum', about: 'Its bytes are those that were written.' },
  listed: {
    tone: 'accent',
    words: 'listed',
    about: 'Its bytes are right and its table of contents is whole.',
  },
  restored: {
    tone: 'warn',
    words: 'restored',
    about: 'It restores, but what came back is not what was dumped.',
  },
  'facts-proven': {
    tone: 'good',
    words: 'facts proven',
    about: 'A drill restored it and found every row and checksum equal.',
  },
}

/** How much of a backup is proven. */
export function VerificationBadge({ level }: { level: Verification | null }) {
  if (!level) return <span className="text-ink-faint">not verified</span>
  const { tone, words, about } = levels[level]
  return (
    <Badge tone={tone} title={about}>
      {words}
    </Badge>
  )
}

export const BackupState = ({ status }: { status: BackupStatus }) => <StatusDot status={status} />
