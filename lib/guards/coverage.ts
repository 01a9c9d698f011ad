import { protectionOf } from '#lib/guards/change-protection.ts'
import type { CopiedTable, NewestDrill } from '#lib/guards/coverage-queries.ts'
import type { BudgetAct } from '#lib/guards/dry-run-budget.ts'
import type { KeptGuardState } from '#lib/guards/queries.ts'
import { allowedRows } from '#lib/guards/try-budget.ts'
import type { GuardState } from '#lib/guards/types.ts'
import { listBudgets } from '#lib/guards/wanted-guards.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { type Budget, type Policy, policyTable } from '#lib/targets/policy.ts'

/** What watches a table besides its guard, by the policy. */
export type Monitor = 'row-counts' | 'membership' | 'references'

/** One budget of a table: for deletes or for updates, of everybody or of one role. */
export interface BudgetLine {
  act: BudgetAct
  /** Null: everybody who has no budget of their own. */
  role: string | null
  /** Updates of these columns count; empty for deletes. */
  columns: string[]
  budget: Budget & { windowMinutes: number }
  /** Rows that the window allows; null where nothing limits them. */
  windowAllows: number | null
  /** Rows of the window that are used, by what the guards let go. */
  windowUsed: number
}

/** How one table is protected, each column with its own evidence. */
export interface TableCoverage {
  table: string
  isProtected: boolean
  mode: 'refuse' | 'warn'
  journal: 'deleted' | 'overwritten' | 'none'
  /** As last counted; null when nobody counted. */
  rows: number | null
  /** Null: never compared, or not asked for. */
  guard: GuardState | null
  problems: string[]
  verifiedAt: Date | null
  budgets: BudgetLine[]
  monitors: Monitor[]
  inSnapshot: boolean
  inArchive: boolean
  /** The newest drill whose backup holds the table. */
  drill: { verdict: NewestDrill['verdict']; finishedAt: Date; isStale: boolean; differs: boolean } | null
}

export interface CoverageEvidence {
  states: readonly KeptGuardState[]
  rows: ReadonlyMap<string, number>
  /** By `windowKey`. */
  used: ReadonlyMap<string, number>
  /** What the newest good copies hold; null without one. */
  snapshot: readonly CopiedTable[] | null
  archive: readonly CopiedTable[] | null
  drill: NewestDrill | null
  now: Date
}

/** Names the window of one budget. */
export const windowKey = (table: string, act: BudgetAct, role: string | null): string =>
  JSON.stringify([table, act, role])

/**
 * The coverage of a target: every table that the policy protects, in its order, then every other table that is known
 * to have rows, the largest first. Pure.
 */
export function coverTables(policy: Policy, evidence: CoverageEvidence): TableCoverage[] {
  const named = policy.protectedTables.map((entry) => policyTable(entry.table))
  const known = evidence.archive ?? evidence.snapshot
  const others = (known ?? [])
    .filter((table) => table.rows > 0 && !named.some((name) => sameTable(name, table)))
    .sort((first, second) => second.rows - first.rows)
  return [...named, ...others].map((name) => coverTable(policy, evidence, name))
}

function coverTable(policy: Policy, evidence: CoverageEvidence, name: TableName): TableCoverage {
  const table = formatTable(name)
  const entry = policy.protectedTables.find((one) => sameTable(policyTable(one.table), name))
  const state = evidence.states.find((one) => one.table === table)
  const inArchive = findCopy(evidence.archive, name)
  const inSnapshot = findCopy(evidence.snapshot, name)
  const rows = evidence.rows.get(table) ?? inArchive?.rows ?? inSnapshot?.rows ?? null
  return {
    table,
    isProtected: entry !== undefined,
    mode: entry?.mode ?? 'refuse',
    journal: entry?.journal ?? 'none',
    rows,
    guard: state?.state ?? null,
    problems: state?.problems ?? [],
    verifiedAt: state?.verifiedAt ?? null,
    budgets: entry ? listBudgetLines(policy, table, rows, evidence.used) : [],
    monitors: listMonitors(policy, name),
    inSnapshot: inSnapshot !== undefined,
    inArchive: inArchive !== undefined,
    drill: judgeDrill(policy, evidence, name),
  }
}

const findCopy = (tables: readonly CopiedTable[] | null, name: TableName) =>
  tables?.find((one) => sameTable(one, name))

/** Every budget of a protected table but the agents', which hold on all tables alike. Pure. */
export function listBudgetLines(
  policy: Policy,
  table: string,
  rows: number | null,
  used: ReadonlyMap<string, number>,
): BudgetLine[] {
  const agents = new Set(policy.agents.map((agent) => agent.role))
  const columns = protectionOf(policy, table).updates?.columns ?? []
  return listBudgets(policy, policyTable(table))
    .filter((budget) => !agents.has(budget.role))
    .map(({ act, role: name, ...budget }) => {
      const role = name === '' ? null : name
      return {
        act,
        role,
        columns: act === 'update' ? columns : [],
        budget,
        windowAllows: allowedRows(budget.windowRows, budget.windowPercent, rows),
        windowUsed: used.get(windowKey(table, act, role)) ?? 0,
      }
    })
}

function listMonitors(policy: Policy, name: TableName): Monitor[] {
  const isIt = (text: string | undefined) => text !== undefined && sameTable(policyTable(text), name)
  const monitors: Monitor[] = []
  if (policy.rowCounts.some((entry) => isIt(entry.table))) monitors.push('row-counts')
  const isOfMembership = policy.memberships.some((rule) =>
    [rule.users.table, rule.organizations?.table, rule.members.table, rule.roles?.table].some(isIt),
  )
  if (isOfMembership) monitors.push('membership')
  if (policy.references.some((entry) => isIt(entry.table) || isIt(entry.references))) {
    monitors.push('references')
  }
  return monitors
}

function judgeDrill(
  policy: Policy,
  { drill, now }: CoverageEvidence,
  name: TableName,
): TableCoverage['drill'] {
  if (!drill?.tables.some((one) => sameTable(one, name))) return null
  const table = formatTable(name)
  const ageMs = now.getTime() - drill.finishedAt.getTime()
  return {
    verdict: drill.verdict,
    finishedAt: drill.finishedAt,
    isStale: ageMs > policy.objectives.proofHours * 3_600_000,
    differs: drill.subjects.some((subject) => subject === table || subject.endsWith(` on ${table}`)),
  }
}
