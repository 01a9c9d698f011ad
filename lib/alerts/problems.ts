import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'
import { judgeAloneOperations } from './alone-operations.ts'
import { judgeArchives } from './archive-problems.ts'
import { judgeBrokenGlass } from './broken-glass.ts'
import { judgeBackups, judgeDrills } from './copy-problems.ts'
import { judgeDisaster } from './disaster-problems.ts'
import { judgeDrift } from './drift-problems.ts'
import { scheduleGapMinutes } from './schedule-gap.ts'
import { judgeSchedules } from './schedule-problems.ts'
import type { AlertFacts, Judgement, ProbeFact, Problem } from './types.ts'

const minuteMs = 60_000

/** A blocked attempt is news for this long; without a new one its alert resolves. */
export const blockedWindowMinutes = 60

const span = (fromDate: Date, now: Date): string => formatDistanceStrict(fromDate, now)
const rows = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`

/** What is wrong, from facts alone. A pure rule: no clock, no database. */
export function judgeFacts(facts: AlertFacts): Judgement {
  const parts = [
    judgeReach(facts),
    judgeHealth(facts),
    judgeGuards(facts),
    { problems: [...judgeBrokenGlass(facts), ...judgeAloneOperations(facts)], unknown: [] },
    judgeBackups(facts),
    judgeDrills(facts),
    judgeSchedules(facts),
    judgeArchives(facts),
    judgeDisaster(facts),
    judgeDrift(facts),
    judgeProbes(facts),
  ]
  return {
    problems: parts.flatMap((part) => part.problems),
    unknown: parts.flatMap((part) => part.unknown),
  }
}

const reachable = 'server.reachable'

/** What health shows of these areas is judged below from the same records, with more to say about it: told once. */
const judgedFromRecords: readonly string[] = ['backups', 'guards', 'synchronisation']

const isReachUnhealthy = (facts: AlertFacts): boolean =>
  facts.checks.some((check) => check.check === reachable && check.status === 'unhealthy')

/** A target that does not answer is one problem, not one of each check that could not run. */
function judgeReach(facts: AlertFacts): Judgement {
  if (isReachUnhealthy(facts)) return { problems: [], unknown: ['no-data:*'] }
  if (!facts.unreachableSince) return { problems: [], unknown: [] }
  const problem: Problem = {
    fingerprint: 'target:unreachable',
    title: `${facts.targetName} cannot be reached`,
    details: `The last attempt to connect to ${facts.targetName} failed. Nothing is known about it now.`,
    remedy: `See why: holdfast targets check ${facts.targetName}`,
    severity: 'CRITICAL',
    seenAt: facts.unreachableSince,
  }
  return { problems: [problem], unknown: ['health:*', 'no-data:*'] }
}

function judgeHealth(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  const unknown: string[] = []
  const newest = facts.checks.reduce(
    (latest, check) => (check.checkedAt > latest ? check.checkedAt : latest),
    facts.targetAddedAt,
  )
  const allowedMs = Math.max(10, 3 * scheduleGapMinutes(facts.schedules.health)) * minuteMs
  const lateMs = facts.now.getTime() - newest.getTime()
  if (lateMs > allowedMs) {
    problems.push({
      fingerprint: 'no-data:health',
      title: 'Health checks do not run',
      details: `The newest finding about ${facts.targetName} is ${span(newest, facts.now)} old. Nothing is known about its state since.`,
      remedy: 'Check that a worker is running: holdfast doctor',
      severity: 'WARNING',
      seenAt: new Date(newest.getTime() + Math.floor(lateMs / allowedMs) * allowedMs),
    })
    unknown.push('health:*', 'no-data:*')
  }
  for (const check of facts.checks) {
    if (judgedFromRecords.includes(check.area)) continue
    if (check.status === 'no-data') {
      unknown.push(`health:${check.check}`)
      if (isReachUnhealthy(facts)) continue
      problems.push({
        fingerprint: `no-data:${check.check}`,
        title: `No data: ${check.title}`,
        details: check.details,
        remedy: check.remedy,
        severity: 'WARNING',
        seenAt: check.checkedAt,
      })
    }
    if (check.status === 'unhealthy' && check.severity !== 'INFO') {
      problems.push({
        fingerprint: `health:${check.check}`,
        title: check.title,
        details: check.details,
        remedy: check.remedy,
        severity: check.severity,
        seenAt: check.checkedAt,
      })
    }
  }
  return { problems, unknown }
}

/** What the guards call a refusal that is not about numbers of rows. */
const schemaRules = ['truncate', 'drop', 'alter', 'rewrite', 'agent']

function judgeGuards(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  for (const blocked of facts.blocked) {
    const size = blocked.largestRows === null ? '' : `, the largest of ${rows(blocked.largestRows)}`
    const who = [...blocked.roles, ...blocked.applications].filter(Boolean)
    const isSchemaChange =
      blocked.exceeded.length > 0 && blocked.exceeded.every((rule) => schemaRules.includes(rule))
    const isPermitMisuse = blocked.exceeded.length > 0 && blocked.exceeded.every((rule) => rule === 'permit')
    const isUpdate = blocked.acts.length > 0 && blocked.acts.every((act) => act === 'update')
    const deed = isSchemaChange
      ? 'change or empty'
      : isPermitMisuse
        ? 'use a permit that is not valid, or to go beyond it, on'
        : isUpdate
          ? 'overwrite rows of'
          : 'delete from'
    const what = isSchemaChange
      ? 'Destructive change'
      : isPermitMisuse
        ? 'Misused permit'
        : isUpdate
          ? 'Mass update'
          : 'Mass delete'
    problems.push({
      fingerprint: `guard:blocked:${blocked.table}`,
      title: `${what} refused on ${blocked.table}`,
      details: `The guard refused ${blocked.attempts} ${blocked.attempts === 1 ? 'attempt' : 'attempts'} to ${deed} ${blocked.table}${size}${who.length > 0 ? `, by ${who.join(', ')}` : ''}.`,
      remedy:
        'Find out who ran it and why. If it is wanted, request a deletion permit; if not, check what smaller deletes got through.',
      severity: 'CRITICAL',
      seenAt: blocked.lastAt,
    })
  }
  for (const guard of facts.guards) {
    // Never installed is a gap that pages show; gone without anybody having asked for it is tampering.
    if (guard.state === 'installed' || guard.state === 'outdated') continue
    if (guard.state !== 'tampered' && !guard.brokenAt) continue
    problems.push({
      fingerprint: `guard:tampered:${guard.table}`,
      title: `Guard tampered with on ${guard.table}`,
      details: guard.problems.join(' ') || `The guard of ${guard.table} is not as it was installed.`,
      remedy: `Install it again: holdfast guards install ${facts.targetName}`,
      severity: 'CRITICAL',
      seenAt: guard.verifiedAt,
    })
  }
  const outdated = judgeOutdated(facts)
  if (outdated) problems.push(outdated)
  const unverified = judgeVerification(facts)
  if (unverified) problems.push(unverified)
  if (facts.uncovered && facts.uncovered.tables.length > 0) {
    const { tables, surveyedAt } = facts.uncovered
    problems.push({
      fingerprint: 'guard:uncovered',
      title: `${tables.length === 1 ? 'A new table is' : `${tables.length} new tables are`} not covered`,
      details: `Made since the guards were installed, with rows, and named by no policy: ${tables.slice(0, 10).join(', ')}${tables.length > 10 ? ', …' : ''}. No guard, no snapshot.`,
      remedy: `Name them in the policy (holdfast policy apply ${facts.targetName} FILE), or install the guards again to leave them out on purpose.`,
      severity: 'WARNING',
      seenAt: surveyedAt,
    })
  }
  return { problems, unknown: [] }
}

/** Guards that nobody changed and that still refuse, but that an installation would renew: once for the target. */
function judgeOutdated({ guards, targetName }: AlertFacts): Problem | null {
  const outdated = guards.filter((guard) => guard.state === 'outdated')
  if (outdated.length === 0) return null
  const words = [...new Set(outdated.flatMap((guard) => guard.problems))]
  return {
    fingerprint: 'guard:outdated',
    title: 'Guards are to be installed again',
    details: `The guards of ${outdated.length === 1 ? outdated[0]!.table : `${outdated.length} of ${guards.length} tables`} are to be renewed. ${words.join(' ')}`,
    remedy: `Install the guards again: holdfast guards install ${targetName}`,
    severity: 'WARNING',
    seenAt: new Date(Math.max(...outdated.map((guard) => guard.verifiedAt.getTime()))),
  }
}

const verifiedWithinMs = 10 * minuteMs

/** Guards are compared every minute; a guard that nobody looks at any more is not known to stand. */
function judgeVerification(facts: AlertFacts): Problem | null {
  if (facts.guards.length === 0 || facts.unreachableSince || isReachUnhealthy(facts)) return null
  const newest = new Date(Math.max(...facts.guards.map((guard) => guard.verifiedAt.getTime())))
  const lateMs = facts.now.getTime() - newest.getTime()
  if (lateMs <= verifiedWithinMs) return null
  return {
    fingerprint: 'no-data:guards',
    title: 'Guards are not verified',
    details: `The guards of ${facts.targetName} were last compared ${span(newest, facts.now)} ago. Whether they stand is not known since.`,
    remedy: `See why: holdfast guards verify ${facts.targetName}`,
    severity: 'WARNING',
    seenAt: new Date(newest.getTime() + Math.floor(lateMs / verifiedWithinMs) * verifiedWithinMs),
  }
}

const regressions = ['regressed', 'critical']

const feltMs = 10
const feltPercent = 200

/** A page shows every regression; a person is told of what people can feel, or of what became three times slower. */
function isFelt({ medianMs, changePercent }: ProbeFact): boolean {
  if (medianMs === null || changePercent === null) return true
  const baselineMs = medianMs / (1 + changePercent / 100)
  return changePercent >= feltPercent || medianMs - baselineMs >= feltMs
}

/** One slow measurement is no regression; two in a row are. */
function judgeProbes(facts: AlertFacts): Judgement {
  const problems: Problem[] = []
  const unknown: string[] = []
  for (const probe of facts.probes) {
    if (probe.verdict === 'no-data') unknown.push(`performance:${probe.probe}`)
    if (!regressions.includes(probe.verdict) || !regressions.includes(probe.previousVerdict ?? '')) continue
    if (!isFelt(probe)) continue
    const change =
      probe.changePercent === null ? '' : `, ${Math.round(probe.changePercent)} % over its baseline`
    problems.push({
      fingerprint: `performance:${probe.probe}`,
      title: `Slower: ${probe.probe}`,
      details: `The probe takes ${probe.medianMs?.toFixed(1) ?? '?'} ms${change}.`,
      remedy: `See its history: holdfast performance compare ${facts.targetName}`,
      severity: 'WARNING',
      seenAt: probe.measuredAt,
    })
  }
  return { problems, unknown }
}
