import { formatDuration } from '#lib/format/format-duration.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import type { BackupRecord, OwnRecords } from '#lib/health/own-records.ts'
import type { Judgement, KnownCheck, PlanChecks } from '#lib/health/types.ts'
import { nextOccurrences } from '#lib/jobs/occurrence.ts'
import type { Policy } from '#lib/targets/policy.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** A backup takes time itself; only what is later than this part of the limit is too old. */
const grace = 1.1

type Records = Pick<
  OwnRecords,
  'addedAt' | 'newestGood' | 'newestEnded' | 'newestDrill' | 'newestPassedDrill'
>

/** An age against what the policy promises. What has not come yet is no data until it is overdue. */
export function judgeAge(
  what: string,
  at: Date | null,
  { addedAt, now, limitMs, remedy }: { addedAt: Date; now: Date; limitMs: number; remedy: string },
): Judgement {
  const ageMs = now.getTime() - (at ?? addedAt).getTime()
  const isLate = ageMs > limitMs * grace
  if (!isLate && at)
    return healthy(`The newest ${what} is ${formatDuration(ageMs)} old.`, { measured: ageMs / minuteMs })
  if (!isLate) return noData(`There is no ${what} yet.`, remedy)
  return unhealthy(
    ageMs > 2 * limitMs ? 'CRITICAL' : 'WARNING',
    at
      ? `The newest ${what} is ${formatDuration(ageMs)} old; it should be at most ${formatDuration(limitMs)}.`
      : `There is no ${what}, ${formatDuration(ageMs)} after the database was added; the policy allows ${formatDuration(limitMs)}.`,
    { affected: 1, measured: at ? ageMs / minuteMs : null, remedy },
  )
}

/** The longest time between two of the next runs: an archive cannot be younger than its schedule lets it be. */
export function longestGapMs(cron: string, timeZone: string, now: Date): number {
  const next = nextOccurrences(cron, timeZone, now, 8)
  return Math.max(0, ...next.slice(1).map((at, i) => at.getTime() - next[i]!.getTime()))
}

/** The newest of each kind as it ended: a failure hides behind an older good one. */
export function judgeNewestBackups(ended: readonly BackupRecord[], targetName: string): Judgement {
  const bad = ended.filter(({ status }) => status !== 'good')
  if (bad.length === 0)
    return ended.length === 0
      ? noData('No backup was taken yet.', `holdfast backups take ${targetName} --kind archive`)
      : healthy(`The newest ${ended.map(({ kind }) => kind).join(' and ')} went well.`)
  return unhealthy(
    bad.some(({ status }) => status === 'suspicious') ? 'CRITICAL' : 'WARNING',
    `${bad.map(({ kind, status }) => `The newest ${kind} ${status === 'failed' ? 'failed' : 'is suspicious'}`).join('; ')}.`,
    {
      affected: bad.length,
      samples: bad.map(({ id, kind, finishedAt }) => ({ id, label: kind, note: finishedAt.toISOString() })),
      remedy: `See what it says: holdfast backups show ${bad[0]!.id}`,
    },
  )
}

/** A backup that nobody has tried is a hope. */
export function judgeProof(
  { addedAt, newestGood, newestDrill, newestPassedDrill }: Records,
  { objectives }: Pick<Policy, 'objectives'>,
  targetName: string,
  now: Date,
): Judgement {
  const remedy = `holdfast drills run ${targetName}`
  if (newestDrill?.verdict === 'failed')
    return unhealthy('CRITICAL', 'The last drill failed: the backup did not come back as it was.', {
      affected: 1,
      remedy: `Take a new archive and drill it: ${remedy}`,
      samples: [{ id: newestDrill.id, note: newestDrill.finishedAt.toISOString() }],
    })
  const limitMs = objectives.proofHours * hourMs
  const judged = judgeAge('drill that proved a backup', newestPassedDrill?.finishedAt ?? null, {
    addedAt,
    now,
    limitMs,
    remedy,
  })
  if (judged.status !== 'healthy') return { ...judged, severity: 'WARNING' }
  if (newestDrill?.verdict === 'inconclusive')
    return noData('The last drill could not be carried out; it says nothing about the backup.', remedy)
  const { archive } = newestGood
  const isProven = archive?.verification === 'facts-proven'
  return healthy(`${judged.details}${isProven ? ' The newest archive itself is proven.' : ''}`, {
    measured: judged.measured,
  })
}

/** `backups.age`, `backups.archive`, `backups.newest` and `backups.proof`, from our own records. */
export const planBackupChecks: PlanChecks = ({ living, policy, targetName }) => {
  if (!living) return []
  const { records, now } = living
  const { addedAt, newestGood } = records
  const exposureMs = policy.objectives.exposureMinutes * minuteMs
  const archiveMs = Math.max(exposureMs, longestGapMs(policy.schedules.archive, policy.timeZone, now))
  const taken = [newestGood.snapshot, newestGood.archive].flatMap((one) =>
    one?.takenAt ? [one.takenAt] : [],
  )
  const newest = taken.sort((a, b) => b.getTime() - a.getTime())[0] ?? null
  const remedy = `holdfast backups take ${targetName} --kind archive`
  const known = (name: string, title: string, judged: Judgement): KnownCheck => ({
    check: `backups.${name}`,
    area: 'backups',
    title,
    known: judged,
  })
  return [
    known(
      'age',
      'A young enough backup',
      judgeAge('good backup', newest, { addedAt, now, limitMs: exposureMs, remedy }),
    ),
    known(
      'archive',
      'A young enough archive outside of the database',
      judgeAge('good archive', newestGood.archive?.takenAt ?? null, {
        addedAt,
        now,
        limitMs: archiveMs,
        remedy,
      }),
    ),
    known('newest', 'The newest backups went well', judgeNewestBackups(records.newestEnded, targetName)),
    known('proof', 'Backups are proven by drills', judgeProof(records, policy, targetName, now)),
  ]
}
