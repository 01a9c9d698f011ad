import { planRetention, type Retained, type RetentionRules } from '#lib/backups/retention/retention.ts'

const dayMs = 86_400_000
export const outlookDays = 14

export interface ExpiryOutlook {
  backupId: string
  /** It goes by then, at the first clean-up after that day's backups. Null: at the next one. */
  byAt: Date | null
}

const imagined = (kind: Retained['kind'], at: Date): Retained => ({
  id: `imagined-${kind}-${at.toISOString()}`,
  kind,
  purpose: 'scheduled',
  status: 'good',
  verification: 'listed',
  takenAt: at,
  finishedAt: at,
  held: false,
})

/**
 * What of these backups the retention lets go within two weeks, the next first, if every day brings a verified archive and
 * a snapshot as the schedule means it. Without new ones nothing goes; while it is frozen the list is what waits.
 */
export function foreseeExpiry(
  backups: readonly Retained[],
  rules: RetentionRules,
  now: Date,
): ExpiryOutlook[] {
  const thawed = { ...rules, frozen: false }
  const seen = new Set<string>()
  const going: ExpiryOutlook[] = []
  const future: Retained[] = []
  for (let day = 0; day <= outlookDays; day++) {
    const at = new Date(now.getTime() + day * dayMs)
    if (day > 0) future.push(imagined('archive', at), imagined('snapshot', at))
    for (const { backupId, expires } of planRetention([...backups, ...future], thawed, at)) {
      if (!expires || seen.has(backupId) || backupId.startsWith('imagined-')) continue
      seen.add(backupId)
      going.push({ backupId, byAt: day === 0 ? null : at })
    }
  }
  return going
}
