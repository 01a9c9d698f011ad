import type { Facts } from '#lib/facts/types.ts'
import type { KeptGuardState } from '#lib/guards/queries.ts'
import type { GuardState } from '#lib/guards/types.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import { budgetOf, type Policy, policyTable } from '#lib/targets/policy.ts'

/** How one protected table is protected, each column with its own evidence. */
export interface TableCoverage {
  table: string
  mode: 'refuse' | 'warn'
  /** As last counted; null when nobody counted. */
  rows: number | null
  /** Null: never compared. */
  guard: GuardState | null
  problems: string[]
  verifiedAt: Date | null
  statementRows: number | null
  transactionRows: number | null
  windowRows: number | null
  windowMinutes: number
  /** Deleted within the last hour, by the journal. */
  deletedRows: number
  inSnapshot: boolean
  inArchive: boolean
}

export interface CoverageEvidence {
  states: readonly KeptGuardState[]
  rows: ReadonlyMap<string, number>
  deleted: ReadonlyMap<string, number>
  snapshot: Facts | null
  archive: Facts | null
}

/** The coverage of every table that the policy protects, in its order. Pure. */
export function coverTables(policy: Policy, evidence: CoverageEvidence): TableCoverage[] {
  const states = new Map(evidence.states.map((state) => [state.table, state]))
  return policy.protectedTables.map((entry) => {
    const name = policyTable(entry.table)
    const table = formatTable(name)
    const budget = budgetOf(policy, name)
    const state = states.get(table)
    const isIn = (facts: Facts | null) => facts?.tables.some((one) => sameTable(one, name)) ?? false
    return {
      table,
      mode: entry.mode,
      rows: evidence.rows.get(table) ?? null,
      guard: state?.state ?? null,
      problems: state?.problems ?? [],
      verifiedAt: state?.verifiedAt ?? null,
      statementRows: budget.statementRows ?? null,
      transactionRows: budget.transactionRows ?? null,
      windowRows: budget.windowRows ?? null,
      windowMinutes: budget.windowMinutes ?? 60,
      deletedRows: evidence.deleted.get(table) ?? 0,
      inSnapshot: isIn(evidence.snapshot),
      inArchive: isIn(evidence.archive),
    }
  })
}
