import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import type { MirrorFact } from './drift-types.ts'
import { scheduleGapMinutes } from './schedule-gap.ts'
import type { AlertFacts, Judgement, Problem } from './types.ts'

const minuteMs = 60_000

const rows = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`

const listed = (tables: readonly string[]): string =>
  `${tables.slice(0, 5).join(', ')}${tables.length > 5 ? ` and ${tables.length - 5} more` : ''}`

/** What is wrong with the tables that should be like another target's. */
export function judgeDrift(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  const unknown: string[] = []
  for (const mirror of facts.mirrors) {
    const silence = judgeSilence(facts, mirror)
    if (silence) {
      problems.push(silence)
      // A drift that was known stays told until somebody has looked again.
      unknown.push(`drift:${mirror.mirror}`)
    } else {
      const drift = judgeRows(facts, mirror)
      if (drift) problems.push(drift)
    }
  }
  return { problems, unknown }
}

/** A comparison that failed or never came says nothing: that is no agreement. */
function judgeSilence({ now, targetName }: AlertFacts, mirror: MirrorFact): Problem | null {
  const { newest, master, since, schedule } = mirror
  const fingerprint = `no-data:drift:${mirror.mirror}`
  const remedy = `Compare them now: holdfast drift compare ${master} ${targetName} --mirror ${mirror.mirror}`
  if (newest && newest.inSync === null)
    return {
      fingerprint,
      title: `No data: ${targetName} could not be compared with ${master}`,
      details: newest.message ?? 'The last comparison failed.',
      remedy: newest.hint ?? remedy,
      severity: 'WARNING',
      seenAt: newest.finishedAt,
    }
  const from = newest && newest.finishedAt > since ? newest.finishedAt : since
  const limitMs = Math.max(30, 2 * scheduleGapMinutes(schedule)) * minuteMs
  const lateMs = now.getTime() - from.getTime()
  if (lateMs <= limitMs) return null
  return {
    fingerprint,
    title: `No data: ${targetName} is not compared with ${master}`,
    details: `The last comparison for the mirror “${mirror.mirror}” is ${formatDistanceStrict(from, now)} ago. Whether the two agree is not known since.`,
    remedy,
    severity: 'WARNING',
    seenAt: new Date(from.getTime() + Math.floor(lateMs / limitMs) * limitMs),
  }
}

function judgeRows({ targetName }: AlertFacts, { mirror, master, newest }: MirrorFact): Problem | null {
  if (!newest || (newest.inSync && newest.orphans === 0)) return null
  const { missing, extra, changed, orphans, tables, weighty } = newest
  const counts = [
    missing > 0 ? `${rows(missing)} missing` : null,
    extra > 0 ? `${rows(extra)} only here` : null,
    changed > 0 ? `${rows(changed)} changed` : null,
  ].filter((part) => part !== null)
  const differ = `${listed(tables)} ${tables.length === 1 ? 'differs' : 'differ'} from ${master}: ${counts.join(', ') || 'not the same columns'}.`
  const details = [
    newest.inSync ? null : differ,
    weighty.length > 0 ? `Protected, or about who may do what: ${listed(weighty)}.` : null,
    orphans > 0
      ? `${rows(orphans)} ${orphans === 1 ? 'refers' : 'refer'} to something that is not there.`
      : null,
  ].filter((part) => part !== null)
  return {
    fingerprint: `drift:${mirror}`,
    title: newest.inSync
      ? `Orphans in ${targetName} or ${master}`
      : `${targetName} is not like ${master}: ${mirror}`,
    details: details.join(' '),
    remedy: newest.inSync
      ? `See them: holdfast drift compare ${master} ${targetName} --mirror ${mirror}`
      : `See what makes it like its master: holdfast drift plan ${master} ${targetName} --mirror ${mirror} --reason …`,
    severity: weighty.length > 0 || orphans > 0 ? 'CRITICAL' : 'WARNING',
    seenAt: newest.finishedAt,
  }
}
