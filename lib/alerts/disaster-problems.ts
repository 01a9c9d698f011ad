import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import type { ForeignFact } from './disaster-types.ts'
import type { AlertFacts, Judgement, Problem } from './types.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const kitDays = 35

const placeOf = ({ store, prefix }: ForeignFact): string => (prefix ? `${store}, ${prefix}` : store)

function judgeForeign(facts: AlertFacts, foreign: ForeignFact): Problem[] {
  const problems: Problem[] = []
  const place = placeOf(foreign)
  const limitMs = foreign.maximumAgeHours * hourMs
  const from = foreign.newestAt ?? facts.targetAddedAt
  const multiples = Math.floor((facts.now.getTime() - from.getTime()) / limitMs)
  if (multiples >= 1) {
    const age = formatDistanceStrict(from, facts.now)
    problems.push({
      fingerprint: `foreign:overdue:${foreign.store}:${foreign.prefix}`,
      title: foreign.newestAt ? 'The newest archive of others is too old' : 'There is no archive of others',
      details: foreign.newestAt
        ? `The newest archive of ${facts.targetName} in ${place} is ${age} old; it should be at most ${foreign.maximumAgeHours} hours.`
        : `No whole archive of ${facts.targetName} was seen in ${place} for ${age}.`,
      remedy: `Look at whatever makes them; what was seen: holdfast backups foreign ${facts.targetName}`,
      severity: multiples >= 2 ? 'CRITICAL' : 'WARNING',
      seenAt: new Date(from.getTime() + multiples * limitMs),
    })
  }
  const drilled = foreign.lastPassedDrillAt ?? foreign.firstSeenAt
  const proofMs = (foreign.proofHours ?? 0) * hourMs
  const late = drilled && proofMs > 0 ? Math.floor((facts.now.getTime() - drilled.getTime()) / proofMs) : 0
  if (drilled && late >= 1) {
    problems.push({
      fingerprint: `foreign:stale:${foreign.store}:${foreign.prefix}`,
      title: 'No archive of others was restored for long',
      details: `That the archives of ${facts.targetName} in ${place} restore was last seen ${formatDistanceStrict(drilled, facts.now)} ago, or never.`,
      remedy: `Drill one: holdfast drills run ${facts.targetName} --backup ID`,
      severity: 'WARNING',
      seenAt: new Date(drilled.getTime() + late * proofMs),
    })
  }
  for (const isDamaged of [true, false]) {
    const [first, ...more] = foreign.troubles.filter((trouble) => trouble.isDamaged === isDamaged)
    if (!first) continue
    problems.push({
      fingerprint: `foreign:${isDamaged ? 'damaged' : 'suspicious'}:${foreign.store}:${foreign.prefix}`,
      title: isDamaged ? 'An archive of others is damaged' : 'The newest archive of others shrank',
      details: `${first.name} in ${place}: ${first.message}${more.length > 0 ? ` And ${more.length} more.` : ''}`,
      remedy: `See what was seen: holdfast backups foreign ${facts.targetName}`,
      severity: isDamaged ? 'WARNING' : 'CRITICAL',
      seenAt: first.at,
    })
  }
  return problems
}

function judgeKit(facts: AlertFacts): Problem[] {
  const { kit } = facts
  if (!kit) return []
  const problems: Problem[] = []
  if (kit.problem && kit.testedAt) {
    problems.push({
      fingerprint: 'kit:failed',
      title: 'The recovery kit does not open everything',
      details: kit.problem,
      remedy: 'Find the right key before it is needed, then: holdfast kit test',
      severity: 'CRITICAL',
      seenAt: kit.testedAt,
    })
  }
  const from = kit.testedAt ?? facts.targetAddedAt
  const limitMs = kitDays * dayMs
  const multiples = Math.floor((facts.now.getTime() - from.getTime()) / limitMs)
  if (multiples >= 1) {
    problems.push({
      fingerprint: 'kit:stale',
      title: 'The recovery kit was not tested for long',
      details: `Its last test is ${formatDistanceStrict(from, facts.now)} old. Nobody knows whether the key still opens the archives.`,
      remedy: 'Test it now: holdfast kit test',
      severity: 'WARNING',
      seenAt: new Date(from.getTime() + multiples * limitMs),
    })
  }
  return problems
}

/** What is wrong with others' archives, and with the recovery kit. */
export const judgeDisaster = (facts: AlertFacts): Judgement => ({
  problems: [...(facts.foreign ?? []).flatMap((foreign) => judgeForeign(facts, foreign)), ...judgeKit(facts)],
  unknown: [],
})
