import type postgres from 'postgres'
import { formatTable } from '#lib/sql/identifier.ts'
import { findSqlProblems } from '#lib/targets/check-policy-sql.ts'
import { type Policy, type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import { sampleRows } from '#lib/targets/sample-target.ts'
import { isPassing } from '#lib/targets/schema-words.ts'
import { suggestMemberships } from '#lib/targets/suggest-memberships.ts'
import { suggestProbes } from '#lib/targets/suggest-probes.ts'
import { findUndeclaredEdges, listDeclaredEdges, toReferences } from '#lib/targets/suggest-references.ts'
import { suggestRowSecurity } from '#lib/targets/suggest-row-security.ts'
import type { Table } from '#lib/targets/types.ts'

const mostProtected = 100

/**
 * Proposes a policy for what the schema looks like and its data bear out: protected tables, row-count watches,
 * undeclared references, memberships, row-level security, probes. Only reads; a person reviews it before it is applied.
 */
export async function suggestPolicy(sql: postgres.Sql, tables: readonly Table[]): Promise<Policy> {
  const worth = tables
    .filter((table) => table.kind !== 'partition' && table.key !== null && !isPassing(table))
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, mostProtected)
    .sort((a, b) => formatTable(a).localeCompare(formatTable(b)))
  const rowCounts: { table: string; minimumRows: number }[] = []
  for (const table of worth) {
    const rows = await sampleRows(sql, table)
    if (rows > 0)
      rowCounts.push({ table: formatTable(table), minimumRows: Math.max(1, Math.floor(rows / 2)) })
  }
  const declared = listDeclaredEdges(tables)
  const undeclared = await findUndeclaredEdges(sql, tables)
  const edges = [...declared, ...undeclared]
  const memberships = await suggestMemberships(sql, tables, edges)
  const decisive = listDecisiveColumns(memberships)
  const proposal = policySchema.parse({
    protectedTables: worth.map((table) => {
      const columns = decisive.get(formatTable(table))
      return {
        table: formatTable(table),
        ...(columns && { journal: 'overwritten', updates: { columns: [...columns] } }),
      }
    }),
    memberships,
    rowCounts,
    references: toReferences(undeclared),
    rowSecurity: await suggestRowSecurity(sql, tables),
    probes: suggestProbes(tables, edges),
  })
  const bad = (await findSqlProblems(sql, proposal)).map(({ path }) => path)
  return {
    ...proposal,
    probes: proposal.probes.filter(({ name }) => !bad.includes(`probes.${name}`)),
  }
}

/** By table, the columns whose mass change would lock people out as surely as a delete. */
function listDecisiveColumns(memberships: NonNullable<PolicyInput['memberships']>): Map<string, Set<string>> {
  const decisive = new Map<string, Set<string>>()
  const add = (table: string, columns: readonly (string | undefined)[]) => {
    const known = decisive.get(table) ?? new Set()
    for (const column of columns) if (column !== undefined) known.add(column)
    if (known.size > 0) decisive.set(table, known)
  }
  for (const { users, organizations, members, roles } of memberships) {
    add(users.table, Object.keys(users.living ?? {}))
    if (organizations) add(organizations.table, Object.keys(organizations.living ?? {}))
    const { user, organization, where, active, expiresAt, startsAt, role } = members
    add(members.table, [
      user,
      organization,
      ...Object.keys(where ?? {}),
      ...Object.keys(active ?? {}),
      expiresAt,
      startsAt,
      role,
    ])
    if (roles)
      add(roles.table, [roles.user, roles.organization, ...Object.keys(roles.where ?? {}), roles.value])
  }
  return decisive
}
