import type { Backup } from '#lib/backups/types.ts'

export interface RetentionPolicy {
  snapshotDays: number
  archiveDays: number
}

const dayMs = 86_400_000

type Kept = Pick<Backup, 'id' | 'kind' | 'purpose' | 'status' | 'verification' | 'takenAt'>

const age = (backup: Kept): number => backup.takenAt?.getTime() ?? 0

const newest = (backups: readonly Kept[]): Kept | undefined => backups.toSorted((a, b) => age(b) - age(a))[0]

/**
 * The backups of one target that may go, damaged ones too, by the moment they were taken. Per kind, nothing goes while the newest one is
 * suspicious, and never the newest good one nor the newest that a drill has proven.
 */
export function planExpiry(backups: readonly Kept[], policy: RetentionPolicy, now: Date): string[] {
  const expiring: string[] = []
  for (const kind of ['snapshot', 'archive'] as const) {
    const taken = backups.filter(
      (backup) =>
        backup.kind === kind && backup.takenAt && ['good', 'suspicious', 'failed'].includes(backup.status),
    )
    // Safety snapshots hold only some tables: they neither stand for the others nor freeze them.
    const whole = taken.filter((backup) => backup.purpose !== 'safety')
    if (newest(whole)?.status === 'suspicious') continue
    const good = whole.filter((backup) => backup.status === 'good')
    const kept = new Set([
      newest(good)?.id,
      newest(good.filter((b) => b.verification === 'facts-proven'))?.id,
    ])
    const oldest = now.getTime() - (kind === 'snapshot' ? policy.snapshotDays : policy.archiveDays) * dayMs
    for (const backup of taken) if (age(backup) < oldest && !kept.has(backup.id)) expiring.push(backup.id)
  }
  return expiring
}
