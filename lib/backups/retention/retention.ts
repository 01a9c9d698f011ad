import type { Backup, BackupKind } from '#lib/backups/types.ts'
import { wallClock } from '#lib/jobs/occurrence.ts'
import type { Policy } from '#lib/targets/policy.ts'

export type RetentionPolicy = Pick<
  Policy['retention'],
  'snapshotDays' | 'archiveDays' | 'archiveWeeks' | 'archiveMonths' | 'archiveYears' | 'minimumArchives'
>

export interface RetentionRules {
  retention: RetentionPolicy
  /** Weeks, months and years begin there. */
  timeZone: string
  /** While an anomaly is not cleared, nothing goes. */
  frozen: boolean
  /** Backups that somebody reads now or is about to. */
  inUse: ReadonlySet<string>
}

/** Why a backup stays; there can be several reasons. */
export type KeptBecause =
  | 'frozen'
  | 'held'
  | 'in-use'
  | 'newest'
  | 'proven'
  | 'minimum'
  | 'days'
  | 'weekly'
  | 'monthly'
  | 'yearly'
  /** No verified one came after it. */
  | 'not-superseded'

export interface RetentionVerdict {
  backupId: string
  /** May go now, or its deletion has begun. */
  expires: boolean
  keptBecause: KeptBecause[]
}

export type Retained = Pick<
  Backup,
  'id' | 'kind' | 'purpose' | 'status' | 'verification' | 'takenAt' | 'finishedAt'
> & { held: boolean }

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** More than a clock jumps: with it, a jump never lets go what in true time would stay. */
const clockSlackMs = 3 * hourMs

/**
 * When it was done, by the control database's clock. The moment of its content is the target's clock, which another
 * server, a restored one or one that was set wrong tells differently.
 */
const doneAt = (backup: Retained): number => (backup.finishedAt ?? backup.takenAt)?.getTime() ?? 0

const isVerified = ({ kind, status, verification }: Retained): boolean =>
  status === 'good' && verification !== null && (kind === 'snapshot' || verification !== 'checksum')

/** Safety snapshots hold only some tables: they do not stand for the others. */
const isWhole = ({ kind, purpose }: Retained): boolean => kind === 'archive' || purpose !== 'safety'

const newestFirst = (backups: readonly Retained[]): Retained[] =>
  backups.toSorted((a, b) => doneAt(b) - doneAt(a) || (a.id < b.id ? 1 : -1))

/** Calendar periods by number, so that the distance of two is a subtraction. Weeks begin on Monday. */
const periods = {
  weekly: (wall: number) => Math.floor((Math.floor(wall / dayMs) + 3) / 7),
  monthly: (wall: number) => new Date(wall).getUTCFullYear() * 12 + new Date(wall).getUTCMonth(),
  yearly: (wall: number) => new Date(wall).getUTCFullYear(),
} as const

/** The newest verified archive of each of the last periods, by its reason. */
function keepOnePerPeriod(verified: readonly Retained[], rules: RetentionRules, now: number) {
  const counts = {
    weekly: rules.retention.archiveWeeks,
    monthly: rules.retention.archiveMonths,
    yearly: rules.retention.archiveYears,
  }
  const kept = new Map<string, KeptBecause[]>()
  if (verified.length === 0) return kept
  const current = wallClock(rules.timeZone, now)
  const done = verified.map((backup) => ({ backup, wall: wallClock(rules.timeZone, doneAt(backup)) }))
  for (const [reason, numberOf] of Object.entries(periods) as [
    keyof typeof periods,
    (wall: number) => number,
  ][]) {
    if (counts[reason] === 0) continue
    const seen = new Set<number>()
    for (const { backup, wall } of done) {
      const period = numberOf(wall)
      if (seen.has(period) || numberOf(current) - period > counts[reason]) continue
      seen.add(period)
      kept.set(backup.id, [...(kept.get(backup.id) ?? []), reason])
    }
  }
  return kept
}

function judgeKind(kind: BackupKind, backups: readonly Retained[], rules: RetentionRules, at: number) {
  const finished = newestFirst(
    backups.filter(
      (one) =>
        one.kind === kind && one.takenAt && ['good', 'suspicious', 'failed', 'expiring'].includes(one.status),
    ),
  )
  const verified = finished.filter((one) => isVerified(one) && isWhole(one))
  // Only a verified success lets time pass: without a new one nothing grows old, whatever the clock says.
  const now = Math.min(at - clockSlackMs, verified[0] ? doneAt(verified[0]) : Number.NEGATIVE_INFINITY)
  const { retention } = rules
  const newestGood = finished.find((one) => one.status === 'good' && isWhole(one))
  const newestProven = verified.find((one) => one.verification === 'facts-proven')
  const minimum = kind === 'archive' ? verified.slice(0, retention.minimumArchives) : []
  const perPeriod =
    kind === 'archive' ? keepOnePerPeriod(verified, rules, now) : new Map<string, KeptBecause[]>()
  const days = kind === 'archive' ? retention.archiveDays : retention.snapshotDays

  return finished.map((backup): RetentionVerdict => {
    const pending = backup.status === 'expiring'
    const passed = isWhole(backup) ? now : at - clockSlackMs
    const superseded = !isWhole(backup) || verified.some((one) => doneAt(one) > doneAt(backup))
    const keptBecause: KeptBecause[] = [
      ...(rules.frozen ? (['frozen'] as const) : []),
      ...(backup.held ? (['held'] as const) : []),
      ...(rules.inUse.has(backup.id) ? (['in-use'] as const) : []),
    ]
    if (!pending) {
      if (backup === newestGood) keptBecause.push('newest')
      if (backup === newestProven) keptBecause.push('proven')
      if (minimum.includes(backup)) keptBecause.push('minimum')
      if (doneAt(backup) > passed - days * dayMs) keptBecause.push('days')
      keptBecause.push(...(perPeriod.get(backup.id) ?? []))
      if (!superseded && keptBecause.length === 0) keptBecause.push('not-superseded')
    }
    return { backupId: backup.id, expires: keptBecause.length === 0, keptBecause }
  })
}

/**
 * What the retention says of each finished backup of one target: whether it may go, and every reason why it stays. Pure.
 * Per kind it keeps the newest good one, the newest that a drill has proven, the minimum, all young ones, and the newest
 * verified archive of each week, month and year. Age is counted up to the newest verified success.
 */
export const planRetention = (
  backups: readonly Retained[],
  rules: RetentionRules,
  now: Date,
): RetentionVerdict[] =>
  (['snapshot', 'archive'] as const).flatMap((kind) => judgeKind(kind, backups, rules, now.getTime()))

const words: Record<KeptBecause, string> = {
  frozen: 'retention is frozen',
  held: 'held by a person',
  'in-use': 'in use',
  newest: 'the newest good one',
  proven: 'the newest proven one',
  minimum: 'one of the minimum',
  days: 'young',
  weekly: 'the newest of its week',
  monthly: 'the newest of its month',
  yearly: 'the newest of its year',
  'not-superseded': 'no verified one came after it',
}

/** Why a backup stays, in words: `the newest of its week, held by a person`. */
export const keptInWords = (reasons: readonly KeptBecause[]): string =>
  reasons.map((reason) => words[reason]).join(', ')
