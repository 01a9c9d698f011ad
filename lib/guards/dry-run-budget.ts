import { and, desc, eq, gt, inArray } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { listNewestRowCounts } from '#lib/guards/queries.ts'
import { type BudgetTrial, type TriedEvent, tryBudget } from '#lib/guards/try-budget.ts'
import { listBudgets, type WantedBudget } from '#lib/guards/wanted-guards.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { type Policy, policyTable } from '#lib/targets/policy.ts'

/** How far back a dry run looks. */
export const dryRunDays = 30

/** The newest so many changes are judged; the answer says so when there were more. */
const mostEvents = 50_000

export type BudgetAct = WantedBudget['act']

export interface BudgetDryRun extends BudgetTrial {
  table: string
  act: BudgetAct
  /** Null: everybody who has no budget of their own. */
  role: string | null
  /** The budget as it was judged. */
  budget: WantedBudget
  since: Date
  /** As last counted; null when nobody counted, then shares are not judged. */
  tableRows: number | null
  /** There were more changes than were judged. */
  isCut: boolean
}

/**
 * Tries every budget that a policy gives a table on what the guards saw there in the last 30 days: what each would have
 * refused, and what it would have let through. The policy need not be in force. Reads our own store only.
 */
export async function dryRunBudgets(
  db: DbOrTx,
  targetId: string,
  policy: Policy,
  text: string,
  now = new Date(),
): Promise<BudgetDryRun[]> {
  const name = policyTable(text)
  const table = formatTable(name)
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
  const tableRows = (await listNewestRowCounts(db, targetId)).get(table) ?? null
  const judged = rows.slice(0, mostEvents).filter(isJudgedByBudgets)
  const budgets = listBudgets(policy, name)
  return budgets.map((budget) => {
    const { act, role } = budget
    const own = new Set(budgets.filter((one) => one.act === act && one.role !== '').map((one) => one.role))
    const events = judged
      .filter((row) => actOf(row) === act)
      .filter((row) => (role === '' ? !own.has(row.roleName ?? '') : row.roleName === role))
      .map(asTriedEvent)
    return {
      table,
      act,
      role: role === '' ? null : role,
      budget,
      since,
      tableRows,
      isCut: rows.length > mostEvents,
      ...tryBudget(budget, events, tableRows),
    }
  })
}

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
