import { and, desc, eq, gt, inArray } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listNewestRowCounts } from '#lib/guards/queries.ts'
import { type BudgetTrial, type TriedEvent, tryBudget } from '#lib/guards/try-budget.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Budget, budgetOf, type Policy, policyTable } from '#lib/targets/policy.ts'

/** How far back a dry run looks. */
export const dryRunDays = 30

/** The newest so many changes are judged; the answer says so when there were more. */
const mostEvents = 50_000

export type BudgetAct = 'delete' | 'update'

export interface BudgetDryRun extends BudgetTrial {
  table: string
  act: BudgetAct
  role: string | null
  /** The budget as it was judged, with what the policy gives where it says nothing. */
  budget: Budget
  since: Date
  /** As last counted; null when nobody counted, then shares are not judged. */
  tableRows: number | null
  /** There were more changes than were judged. */
  isCut: boolean
}

export interface BudgetDryRunInput {
  /** As people write it: `public.member`. */
  table: string
  act?: BudgetAct
  /** The budget of this role alone; without it, that of everybody who has none. */
  role?: string | null
  budget: Budget
  /** What stands where `budget` says nothing: the budget in force, or what the policy gives to all tables. */
  over?: 'in-force' | 'default'
}

/**
 * Tries a budget on what the guards of a target saw in the last 30 days: what it would have refused, and what it would
 * have let through. Reads our own store only.
 */
export async function dryRunBudget(
  db: DbOrTx,
  targetId: string,
  policy: Policy,
  { table: text, act = 'delete', role = null, budget: changed, over = 'in-force' }: BudgetDryRunInput,
  now = new Date(),
): Promise<BudgetDryRun> {
  const name = policyTable(text)
  const table = formatTable(name)
  const inherited = role === null ? policy.budget : {}
  const budget = {
    ...(over === 'default' ? inherited : budgetInForce(policy, table, act, role)),
    ...changed,
  }
  const since = new Date(now.getTime() - dryRunDays * 86_400_000)
  const rows = await db
    .select()
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        eq(guardEvents.tableName, table),
        // What an operation or a permit took does not count towards budgets.
        inArray(guardEvents.kind, ['deleted', 'blocked']),
        gt(guardEvents.at, since),
      ),
    )
    .orderBy(desc(guardEvents.at))
    .limit(mostEvents + 1)
  const own = rolesWithBudgets(policy, table)
  const events = rows
    .slice(0, mostEvents)
    .filter((row) => isJudgedByBudgets(row) && actOf(row) === act)
    .filter((row) => (role === null ? !own.has(row.roleName ?? '') : row.roleName === role))
    .map(asTriedEvent)
  const tableRows = (await listNewestRowCounts(db, targetId)).get(table) ?? null
  return {
    table,
    act,
    role,
    budget,
    since,
    tableRows,
    isCut: rows.length > mostEvents,
    ...tryBudget(budget, events, tableRows),
  }
}

/** The budget of a table, of its updates or of one role on it, as the policy has it now. */
export function budgetInForce(policy: Policy, table: string, act: BudgetAct, role: string | null): Budget {
  const entry = policy.protectedTables.find((one) => formatTable(policyTable(one.table)) === table)
  const general = budgetOf(policy, policyTable(table))
  if (role !== null) {
    return entry?.roles[role] ?? policy.agents.find((agent) => agent.role === role)?.budget ?? { ...general }
  }
  return act === 'update' ? { ...policy.budget, ...entry?.updates?.budget } : general
}

const rolesWithBudgets = (policy: Policy, table: string): Set<string> =>
  new Set([
    ...policy.protectedTables
      .filter((one) => formatTable(policyTable(one.table)) === table)
      .flatMap((one) => Object.keys(one.roles)),
    ...policy.agents.map((agent) => agent.role),
  ])

type EventRow = typeof guardEvents.$inferSelect

const detailOf = (row: EventRow) => row.detail as Record<string, unknown>

/** No budget lets TRUNCATE, DDL or an orphaning change through. */
function isJudgedByBudgets(row: EventRow): boolean {
  const { exceeded } = detailOf(row)
  return row.kind === 'deleted' || exceeded === undefined || budgetLimits.has(String(exceeded))
}

const budgetLimits = new Set(['statement', 'transaction', 'window'])

/** Attempts were recorded without their act before the guards counted updates, so the statement says it. */
function actOf(row: EventRow): BudgetAct {
  const { act } = detailOf(row)
  if (act === 'delete' || act === 'update') return act
  return /^\s*update\b/i.test(row.statement ?? '') ? 'update' : 'delete'
}

function asTriedEvent(row: EventRow): TriedEvent {
  const { largestStatementRows } = detailOf(row)
  return {
    id: row.id,
    at: row.at,
    outcome: row.kind === 'blocked' ? 'refused' : 'passed',
    rows: row.rows,
    largestStatementRows: typeof largestStatementRows === 'number' ? largestStatementRows : null,
    role: row.roleName,
    application: row.applicationName,
    statement: row.statement,
  }
}
