import type { DatedBackup } from './read-copies.ts'

const dayMs = 86_400_000
const most = 40

/** The copies that the picture shows: from shortly before the good moment, or from the proven one on, until now. A pure rule. */
export function choosePicture(
  copies: readonly DatedBackup[],
  at: Date,
  proven: DatedBackup | null,
): DatedBackup[] {
  const from = Math.min(at.getTime() - dayMs, proven?.takenAt.getTime() ?? Number.POSITIVE_INFINITY)
  const shown = copies.filter(({ takenAt, isThere }) => isThere && takenAt.getTime() >= from)
  if (shown.length <= most) return shown
  // The proven one is what the picture is about; of the others the newest.
  const newest = shown.slice(-most)
  return proven && !newest.includes(proven) ? [proven, ...newest.slice(1)] : newest
}
