import type postgres from 'postgres'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Policy, type PolicyInput, policySchema } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** Proposes a policy for what the schema looks like. Only reads; a person reviews it before it is applied. */
export async function suggestPolicy(_sql: postgres.Sql, tables: readonly Table[]): Promise<Policy> {
  const protectable = tables.filter((table) => table.kind !== 'partition' && table.key !== null)
  const suggestion: PolicyInput = {
    protectedTables: protectable.map((table) => ({ table: formatTable(table) })),
    rowCounts: protectable
      .filter((table) => table.estimatedRows > 0)
      .map((table) => ({ table: formatTable(table) })),
  }
  return policySchema.parse(suggestion)
}
