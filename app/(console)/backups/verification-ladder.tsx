import { classNames } from '#components/ui/class-names.ts'
import { StatusDot } from '#components/ui/status-dot.tsx'
import type { BackupStatus, Verification } from '#lib/backups/types.ts'

export const rungs: { level: Verification; word: string; about: string }[] = [
  { level: 'checksum', word: 'checksum', about: 'Its bytes are those that were written.' },
  { level: 'listed', word: 'listed', about: 'Its table of contents was read and is whole.' },
  { level: 'restored', word: 'restored', about: 'A drill brought it back into a database.' },
  {
    level: 'facts-proven',
    word: 'facts proven',
    about: 'A drill restored it and found every row count and checksum equal.',
  },
]

const heights = ['h-1.5', 'h-2', 'h-2.5', 'h-3']

/** How far up the four steps something has got. Green is the last one alone: less than proven is not proven. */
export function VerificationLadder({
  level,
  isGood = true,
  worded = true,
}: {
  level: Verification | null
  /** A faithful copy of what should not be trusted is nothing green. */
  isGood?: boolean
  worded?: boolean
}) {
  const reached = rungs.findIndex((rung) => rung.level === level)
  const proven = isGood && reached === rungs.length - 1
  const word = reached < 0 ? 'not verified' : rungs[reached]!.word
  return (
    <span
      className="inline-flex items-center gap-1.5 whitespace-nowrap"
      title={
        reached < 0
          ? 'Nothing of it has been looked at yet.'
          : `Step ${reached + 1} of ${rungs.length}: ${rungs[reached]!.about}`
      }
    >
      <span aria-hidden className="inline-flex items-end gap-px">
        {rungs.map(({ level: rung }, index) => (
          <span
            key={rung}
            className={classNames(
              'w-1 rounded-[1px]',
              heights[index],
              index > reached ? 'border border-line-strong' : proven ? 'bg-good' : 'bg-accent',
            )}
          />
        ))}
      </span>
      <span
        className={classNames(
          worded ? '' : 'sr-only',
          proven ? 'text-good' : reached < 0 ? 'text-ink-faint' : 'text-ink-soft',
        )}
      >
        {word}
      </span>
    </span>
  )
}

export const BackupState = ({ status }: { status: BackupStatus }) => <StatusDot status={status} />
