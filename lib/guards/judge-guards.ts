import type { Tampering } from '#lib/guards/find-tampering.ts'
import type { GuardComparison } from '#lib/guards/plan-guards.ts'
import type {
  GuardObject,
  GuardReport,
  GuardState,
  KnownGap,
  RememberedGuards,
  TableGuard,
} from '#lib/guards/types.ts'

/** What a comparison of wanted and live guards means for each table. Pure. */
export function judgeGuards(
  plan: GuardComparison,
  tampering: Pick<Tampering, 'problems' | 'powers'> = { problems: [], powers: [] },
  remembered: RememberedGuards | null = null,
): Omit<GuardReport, 'uncovered'> {
  const shared = listSharedProblems(plan, tampering, remembered)
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

/** What is wrong with the part that all tables share, as ends of sentences. */
function listSharedProblems(
  plan: GuardComparison,
  tampering: Pick<Tampering, 'problems'>,
  remembered: RememberedGuards | null,
): string[] {
  const { shared } = plan
  const wrong = plan.objects.filter((object) => object.table === null)
  // A role that may not make event triggers plans none; that there were some is known from the installation.
  const gone = remembered?.eventTriggers ? shared.eventTriggers : []
  return [
    ...[...wrong, ...gone].filter((object) => object.state !== 'right').map(problemOf),
    ...(remembered?.evidence && !shared.hasEvidence
      ? ['the link that carries the evidence of refused attempts is gone']
      : []),
    ...tampering.problems.filter((found) => found.table === null).map((found) => found.problem),
    ...shared.replicaDefaults.map((where) => `sessions start with triggers switched off for ${where}`),
  ]
}

function judgeTable(table: string, objects: GuardObject[], shared: string[], own: string[]): TableGuard {
  const wrong = objects.filter((object) => object.state !== 'right')
  const impossible = wrong.filter((object) => object.statement === null)
  if (impossible.length > 0) {
    return { table, state: 'unsupported', problems: sentences([...own, ...impossible.map(problemOf)]) }
  }
  if (objects.every((object) => object.state === 'missing')) {
    return { table, state: 'missing', problems: ['It has no guard.'] }
  }
  const problems = sentences([...own, ...wrong.map(problemOf), ...shared])
  const state: GuardState = problems.length > 0 ? 'tampered' : 'installed'
  return { table, state, problems }
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
