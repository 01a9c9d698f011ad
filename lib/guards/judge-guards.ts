import type { GuardComparison } from '#lib/guards/plan-guards.ts'
import type { GuardObject, GuardReport, GuardState, TableGuard } from '#lib/guards/types.ts'

/** What a comparison of wanted and live guards means for each table. Pure. */
export function judgeGuards(plan: GuardComparison): GuardReport {
  const shared = plan.objects.filter((object) => object.table === null && object.state !== 'right')
  const tables = new Map<string, GuardObject[]>()
  for (const object of plan.objects) {
    if (object.table !== null) tables.set(object.table, [...(tables.get(object.table) ?? []), object])
  }
  const judged = [...tables].map(([table, objects]) =>
    judgeTable(table, objects, shared, plan.shared.replicaDefaults),
  )
  const installed = judged.length > 0 && judged.every((table) => table.state === 'installed')
  return {
    installed,
    tables: judged,
    gaps: plan.gaps,
    // An evidence link that was tried and did not work is a gap, not something left to do.
    statements: installed ? [] : plan.statements,
  }
}

function judgeTable(
  table: string,
  objects: GuardObject[],
  shared: GuardObject[],
  replicaDefaults: string[],
): TableGuard {
  const wrong = objects.filter((object) => object.state !== 'right')
  const impossible = wrong.filter((object) => object.statement === null)
  if (impossible.length > 0) {
    return {
      table,
      state: 'unsupported',
      problems: impossible.map((object) => sentence(`${object.problem ?? object.object}.`)),
    }
  }
  if (objects.every((object) => object.state === 'missing')) {
    return { table, state: 'missing', problems: ['It has no guard.'] }
  }
  const problems = [
    ...new Set([...wrong, ...shared].map((object) => sentence(`${object.problem ?? object.object}.`))),
    ...replicaDefaults.map((where) => `Sessions start with session_replication_role changed for ${where}.`),
  ]
  const state: GuardState = problems.length > 0 ? 'tampered' : 'installed'
  return { table, state, problems }
}

const sentence = (text: string): string => text[0]!.toUpperCase() + text.slice(1)
