import type { Backup } from '#lib/backups/types.ts'
import type { TableLoss } from '#lib/incidents/measure-loss.ts'

export interface Recommendation {
  /** `journal`, or a backup's id. Null when there is nothing to restore from. */
  source: string | null
  why: string
}

/**
 * Which copy to look into first. The journal when the guard saw every lost row go (it also has what was made after the
 * last backup); else the newest good backup from before the loss, a snapshot before an archive of the same age because
 * it needs no restoring; else the newest good one.
 */
export function recommendSource(known: {
  backups: readonly Pick<Backup, 'id' | 'kind' | 'takenAt'>[]
  losses: readonly TableLoss[]
  beganAt: Date | null
}): Recommendation {
  const { losses, beganAt } = known
  if (beganAt && losses.length > 0 && losses.every(({ evidence }) => evidence === 'journal')) {
    return { source: 'journal', why: 'The guard kept every row that was deleted since the trouble began.' }
  }
  const dated = known.backups.flatMap((backup) =>
    backup.takenAt ? [{ ...backup, takenAt: backup.takenAt }] : [],
  )
  const newest = (candidates: typeof dated) =>
    candidates.toSorted(
      (a, b) =>
        b.takenAt.getTime() - a.takenAt.getTime() ||
        Number(b.kind === 'snapshot') - Number(a.kind === 'snapshot'),
    )[0]
  const before = newest(dated.filter(({ takenAt }) => beganAt !== null && takenAt < beganAt))
  if (before)
    return { source: before.id, why: `The newest good ${before.kind} from before the trouble began.` }
  const any = newest(dated)
  return any
    ? { source: any.id, why: `The newest good ${any.kind}.` }
    : { source: null, why: 'There is no good backup and no journal to restore from.' }
}
