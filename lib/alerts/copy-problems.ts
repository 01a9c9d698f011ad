import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import { scheduleGapMinutes } from './schedule-gap.ts'
import type { AlertFacts, Judgement, Problem } from './types.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const span = (fromDate: Date, now: Date): string => formatDistanceStrict(fromDate, now)

/** An objective missed again and again is one problem; each further multiple of the limit is one occurrence. */
function overdueSince(from: Date, limitMs: number, now: Date): Date | null {
  const multiples = Math.floor((now.getTime() - from.getTime()) / limitMs)
  return multiples < 1 ? null : new Date(from.getTime() + multiples * limitMs)
}

/** A backup takes time itself; only what is later than this part of the limit is overdue. */
const grace = 1.1

/** What is wrong with a target's backups. */
export function judgeBackups(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  const judgeAge = (what: string, fingerprint: string, lastGoodAt: Date | null, limitMinutes: number) => {
    const limitMs = limitMinutes * minuteMs
    const from = lastGoodAt ?? facts.targetAddedAt
    const seenAt = overdueSince(from, limitMs * grace, facts.now)
    if (!seenAt) return
    problems.push({
      fingerprint,
      title: lastGoodAt ? `The newest ${what} is too old` : `There is no good ${what}`,
      details: lastGoodAt
        ? `The newest good ${what} of ${facts.targetName} is ${span(from, facts.now)} old; it should be at most ${span(new Date(0), new Date(limitMs))}.`
        : `${facts.targetName} has no good ${what}; it was added ${span(from, facts.now)} ago.`,
      remedy: `Take one now: holdfast backups take ${facts.targetName} --kind archive`,
      severity: facts.now.getTime() - from.getTime() > 2 * limitMs ? 'CRITICAL' : 'WARNING',
      seenAt,
    })
  }
  judgeAge('backup', 'backup:overdue', facts.lastGoodBackupAt, facts.objectives.exposureMinutes)
  judgeAge(
    'archive',
    'backup:overdue:archive',
    facts.lastGoodArchiveAt,
    Math.max(facts.objectives.exposureMinutes, scheduleGapMinutes(facts.schedules.archive)),
  )
  for (const backup of facts.backups) {
    if (backup.status !== 'suspicious' && backup.status !== 'failed') continue
    const suspicious = backup.status === 'suspicious'
    problems.push({
      fingerprint: `backup:${backup.status}:${backup.kind}`,
      title: suspicious ? `The newest ${backup.kind} is suspicious` : `The newest ${backup.kind} failed`,
      details:
        backup.message ??
        (suspicious
          ? `The newest ${backup.kind} of ${facts.targetName} does not hold what it should.`
          : `The newest ${backup.kind} of ${facts.targetName} was not made.`),
      remedy: `See what it says: holdfast backups show ${backup.id}`,
      severity: suspicious ? 'CRITICAL' : 'WARNING',
      seenAt: backup.finishedAt,
    })
  }
  return { problems, unknown: [] }
}

/** What is wrong with the proof of a target's backups. */
export function judgeDrills(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  const { lastDrill, lastConclusiveDrill, lastPassedDrillAt } = facts
  if (lastConclusiveDrill?.verdict === 'failed') {
    problems.push({
      fingerprint: 'drill:failed',
      title: 'A drill failed: the backup is bad',
      details:
        lastConclusiveDrill.message ??
        `The last drill of ${facts.targetName} did not get back what was backed up.`,
      remedy: `Take a new archive and drill it: holdfast drills run ${facts.targetName}`,
      severity: 'CRITICAL',
      seenAt: lastConclusiveDrill.finishedAt,
    })
  }
  if (lastDrill?.verdict === 'inconclusive') {
    problems.push({
      fingerprint: 'no-data:drill',
      title: 'No data: the last drill proved nothing',
      details: lastDrill.message ?? 'The drill could not be carried out; it says nothing about the backup.',
      remedy: `Run it again: holdfast drills run ${facts.targetName}`,
      severity: 'WARNING',
      seenAt: lastDrill.finishedAt,
    })
  }
  const from = lastPassedDrillAt ?? facts.targetAddedAt
  const seenAt = overdueSince(from, facts.objectives.proofHours * hourMs, facts.now)
  if (seenAt) {
    problems.push({
      fingerprint: 'drill:stale',
      title: 'Proof is stale',
      details: lastPassedDrillAt
        ? `The last drill that proved a backup of ${facts.targetName} is ${span(from, facts.now)} old.`
        : `No backup of ${facts.targetName} was ever proven by a drill.`,
      remedy: `Prove one now: holdfast drills run ${facts.targetName}`,
      // Green backups that nobody has tried are the accident this product is about.
      severity: 'CRITICAL',
      seenAt,
    })
  }
  return { problems, unknown: [] }
}
