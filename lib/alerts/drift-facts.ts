import type { DbOrTx } from '#lib/db/client.ts'
import { countDrift, countLost, findNewestOfMirror } from '#lib/drift/queries.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Policy, policyTable, protectedTables } from '#lib/targets/policy.ts'
import type { AppliedPolicy } from '#lib/targets/queries.ts'
import type { DriftFacts } from './drift-types.ts'

/** The tables whose rows decide who may do what, and those that the policy protects. */
function listWeighty(policy: Policy): string[] {
  const membership = policy.memberships.flatMap(({ users, organizations, members, roles }) =>
    [users, organizations, members, roles].flatMap((part) => (part ? [policyTable(part.table)] : [])),
  )
  return [...protectedTables(policy), ...membership].map(formatTable)
}

/** What the alerts about a target's mirrors are judged from. */
export async function getDriftFacts(
  db: DbOrTx,
  targetId: string,
  { document: policy, appliedAt }: AppliedPolicy,
): Promise<DriftFacts> {
  const weighty = listWeighty(policy)
  const mirrors: DriftFacts['mirrors'] = []
  for (const { name, master } of policy.mirrors) {
    const newest = await findNewestOfMirror(db, targetId, name)
    const tables = (newest?.found?.tables ?? []).filter(({ inSync }) => !inSync).map(({ table }) => table)
    mirrors.push({
      mirror: name,
      master,
      since: appliedAt,
      schedule: policy.schedules.drift,
      newest: newest && {
        finishedAt: newest.finishedAt ?? newest.createdAt,
        inSync: newest.status === 'compared' ? newest.inSync : null,
        message: newest.error?.message ?? null,
        hint: newest.error?.hint ?? null,
        ...countDrift(newest.found),
        orphans: countLost(newest.found),
        tables,
        weighty: tables.filter((table) => weighty.includes(table)),
      },
    })
  }
  return { mirrors }
}
