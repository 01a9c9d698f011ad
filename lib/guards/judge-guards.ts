import { compareWithRecord, type RecordComparison } from '#lib/guards/compare-with-record.ts'
import type { Tampering } from '#lib/guards/find-tampering.ts'
import type { GuardComparison } from '#lib/guards/plan-guards.ts'
import type { GuardObject, GuardReport, KnownGap, RememberedGuards, TableGuard } from '#lib/guards/types.ts'

const nothingRecorded: RecordComparison = compareWithRecord([], {}, null)

/**
 * What a comparison of wanted and live guards means for each table. What differs is tampering, unless the comparison with what
 * was last installed says that it is merely older. Pure.
 */
export function judgeGuards(
  plan: GuardComparison,
  tampering: Pick<Tampering, 'problems' | 'powers'> = { problems: [], powers: [] },
  remembered: RememberedGuards | null = null,
  recorded: RecordComparison = nothingRecorded,
): Omit<GuardReport, 'uncovered'> {
  const shared = judgeShared(plan, tampering, remembered, recorded)
  const tables = new Map<string, GuardObject[]>()
  for (const object of plan.objects) {
    if (object.table !== null) tables.set(object.table, [...(tables.get(object.table) ?? []), object])
  }
  const judged = [...tables].map(([table, objects]) =>
    judgeTable(
      table,
      objects,
      shared,
      tampering.problems.filter((found) => found.table === table).map((found) => found.problem),
      recorded,
    ),
  )
  const installed = judged.length > 0 && judged.every((table) => table.state === 'installed')
  return {
    installed,
    tables: judged,
    gaps: withPowers(plan.gaps, tampering.powers),
    // An evidence link that was tried and did not work is a gap, not something left to do.
    statements: installed ? [] : plan.statements,
  }
}

interface SharedJudgement {
  /** Ends of sentences. */
  problems: string[]
  isOutdated: boolean
}

/** What is wrong with the part that all tables share. */
function judgeShared(
  plan: GuardComparison,
  tampering: Pick<Tampering, 'problems'>,
  remembered: RememberedGuards | null,
  recorded: RecordComparison,
): SharedJudgement {
  const { shared } = plan
  // A role that may not make event triggers plans none; that there were some is known from the installation.
  const gone = remembered?.eventTriggers ? shared.eventTriggers : []
  const wrong = [...plan.objects.filter((object) => object.table === null), ...gone].filter(
    (object) => object.state !== 'right',
  )
  const problems = [
    ...wrong.filter((object) => !recorded.isOlder(object)).map(problemOf),
    ...(remembered?.evidence && !shared.hasEvidence
      ? ['the link that carries the evidence of refused attempts is gone']
      : []),
    ...tampering.problems.filter((found) => found.table === null).map((found) => found.problem),
    ...shared.replicaDefaults.map((where) => `sessions start with triggers switched off for ${where}`),
  ]
  // What this version does not know may have changed by a newer one; only beside something older does it count.
  const isOld = [...plan.objects, ...wrong].some((object) => object.state !== 'right')
  return {
    problems: isOld ? [...problems, ...recorded.strays] : problems,
    isOutdated: wrong.some(recorded.isOlder),
  }
}

function judgeTable(
  table: string,
  objects: GuardObject[],
  shared: SharedJudgement,
  own: string[],
  recorded: RecordComparison,
): TableGuard {
  const wrong = objects.filter((object) => object.state !== 'right')
  const impossible = wrong.filter((object) => object.statement === null)
  if (impossible.length > 0) {
    return { table, state: 'unsupported', problems: sentences([...own, ...impossible.map(problemOf)]) }
  }
  if (objects.every((object) => object.state === 'missing')) {
    return { table, state: 'missing', problems: ['It has no guard.'] }
  }
  const changed = wrong.filter((object) => !recorded.isOlder(object))
  // What cannot be undone yet is worth knowing, though nobody did anything to the guard.
  const unjournaled = wrong.filter(({ object }) => object.startsWith('column ')).map(problemOf)
  const tampered = [...own, ...changed.map(problemOf), ...shared.problems]
  if (tampered.length > 0) {
    return { table, state: 'tampered', problems: sentences([...tampered, ...unjournaled]) }
  }
  if (shared.isOutdated || wrong.length > 0) {
    return { table, state: 'outdated', problems: sentences([recorded.olderWords, ...unjournaled]) }
  }
  return { table, state: 'installed', problems: [] }
}

const problemOf = (object: GuardObject): string => object.problem ?? object.object

const sentences = (ends: string[]): string[] => [
  ...new Set(ends.map((end) => `${end[0]!.toUpperCase()}${end.slice(1)}.`)),
]

const shownPowers = 10

const withPowers = (gaps: KnownGap[], powers: string[]): KnownGap[] => {
  if (powers.length === 0) return gaps
  const more = powers.length > shownPowers ? ` and ${powers.length - shownPowers} more` : ''
  return [
    ...gaps,
    {
      what: `Roles that can take the guard away: ${powers.slice(0, shownPowers).join(', ')}${more}`,
      why: 'Superusers and the guard’s owner. Event triggers refuse it as long as they stand; what is done all the same is found within a minute.',
    },
  ]
}
