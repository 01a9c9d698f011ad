import { formatTable, parseTable } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'

export type ProtectedTable = Policy['protectedTables'][number]

/** A policy with one table's protection replaced, or added at the end. Everything else stays as it is. Pure. */
export function changeProtection(policy: Policy, entry: ProtectedTable): Policy {
  const table = formatTable(policyTable(entry.table))
  const isIt = (one: ProtectedTable) => formatTable(policyTable(one.table)) === table
  return {
    ...policy,
    protectedTables: policy.protectedTables.some(isIt)
      ? policy.protectedTables.map((one) => (isIt(one) ? { ...entry, table: one.table } : one))
      : [...policy.protectedTables, entry],
  }
}

/** How a table is protected now; what an unprotected one would begin with. */
export function protectionOf(policy: Policy, text: string): ProtectedTable {
  const parsed = parseTable(text)
  const table = parsed ? formatTable(parsed) : text
  return (
    policy.protectedTables.find((one) => formatTable(policyTable(one.table)) === table) ?? {
      table,
      mode: 'refuse',
      journal: 'deleted',
      roles: {},
    }
  )
}
