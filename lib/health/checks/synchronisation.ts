import { countOf } from '#lib/format/format-count.ts'
import { formatDuration } from '#lib/format/format-duration.ts'
import { longestGapMs } from '#lib/health/checks/backups.ts'
import { healthy, noData, unhealthy } from '#lib/health/judgement.ts'
import type { MirrorRecord } from '#lib/health/own-records.ts'
import type { Judgement, PlanChecks } from '#lib/health/types.ts'

const leastMs = 30 * 60_000

/** A comparison that failed, or is long ago, says nothing: that is no agreement. */
export function judgeMirror(
  { mirror, master, newest }: MirrorRecord,
  { targetName, now, gapMs }: { targetName: string; now: Date; gapMs: number },
): Judgement {
  const remedy = `holdfast drift compare ${master} ${targetName} --mirror ${mirror}`
  if (!newest) return noData(`Never compared with ${master}.`, remedy)
  if (newest.inSync === null)
    return noData(
      `The last comparison with ${master} failed${newest.error ? `: ${newest.error}` : '.'}`,
      remedy,
    )
  const ageMs = now.getTime() - newest.finishedAt.getTime()
  const age = formatDuration(ageMs)
  if (!newest.inSync)
    return unhealthy(
      'CRITICAL',
      newest.differences > 0
        ? `${countOf(newest.differences, 'row')} ${newest.differences === 1 ? 'differs' : 'differ'} from ${master}, as compared ${age} ago.`
        : `Not like ${master}, as compared ${age} ago: the columns differ.`,
      {
        affected: newest.differences,
        remedy: `See what would make it like its master: holdfast drift plan ${master} ${targetName} --mirror ${mirror} --reason …`,
      },
    )
  if (ageMs > Math.max(leastMs, 2 * gapMs))
    return noData(`The last comparison with ${master} is ${age} ago.`, remedy)
  return healthy(`Row for row like ${master}, as compared ${age} ago.`, { measured: 0 })
}

/** `synchronisation.mirror:<name>`, from our own records. */
export const planSynchronisationChecks: PlanChecks = ({ living, policy, targetName }) => {
  if (!living) return []
  const { records, now } = living
  const gapMs = longestGapMs(policy.schedules.drift, policy.timeZone, now)
  return records.mirrors.map((record) => ({
    check: `synchronisation.mirror:${record.mirror}`,
    area: 'synchronisation',
    title: `The same as ${record.master}: ${record.mirror}`,
    known: judgeMirror(record, { targetName, now, gapMs }),
  }))
}
