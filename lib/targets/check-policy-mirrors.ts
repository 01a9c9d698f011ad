import type { DbOrTx } from '#lib/db/client.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { PolicyProblem } from '#lib/targets/check-policy.ts'
import { findNearest } from '#lib/targets/nearest-name.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'
import { listTargets } from '#lib/targets/queries.ts'

/** Mirrors whose master is nobody, or that say things of tables that they do not have: they could never be compared. */
export async function findMirrorProblems(
  db: DbOrTx,
  policy: Policy,
  targetName: string,
): Promise<PolicyProblem[]> {
  if (policy.mirrors.length === 0) return []
  const masters = (await listTargets(db))
    .filter(({ name, kind }) => kind === 'application' && name !== targetName)
    .map(({ name }) => name)
  return policy.mirrors.flatMap(({ name, master, tables, names, ignoredColumns }, index) => {
    const path = `mirrors[${index}]`
    const problems: PolicyProblem[] = []
    if (master === targetName)
      problems.push({ path: `${path}.master`, message: `${targetName} cannot be the master of itself.` })
    else if (!masters.includes(master)) {
      const [near] = findNearest(master, masters)
      problems.push({
        path: `${path}.master`,
        message: `there is no target “${master}”${near ? `; is it “${near}”?` : ''}`,
      })
    }
    const mirrored = tables.map((table) => formatTable(policyTable(table)))
    for (const table of [...Object.keys(names), ...Object.keys(ignoredColumns)])
      if (!mirrored.includes(formatTable(policyTable(table))))
        problems.push({ path, message: `${table} is not among its tables.` })
    if (policy.mirrors.findIndex((other) => other.name === name) < index)
      problems.push({ path: `${path}.name`, message: `“${name}” stands there twice` })
    return problems
  })
}
