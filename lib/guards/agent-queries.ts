import { and, desc, eq, gt, inArray, max, sql } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { agentBudget } from '#lib/guards/wanted-guards.ts'
import type { Budget, Policy } from '#lib/targets/policy.ts'

/** The summary looks this far back. */
export const agentDays = 7

const shownAttempts = 5

/** Something that an agent tried and the database refused. */
export interface AgentAttempt {
  id: string
  at: Date
  table: string
  rows: number | null
  /** Which limit or rule it met. */
  rule: string | null
  application: string | null
  statement: string | null
}

export interface AgentSummary {
  role: string
  budget: Budget
  /** Within the last days. */
  refused: number
  deletedRows: number
  overwrittenRows: number
  /** When it was last seen at protected tables, ever: refused or let go. */
  lastSeenAt: Date | null
  attempts: AgentAttempt[]
}

/** What each agent of a policy did and tried lately, in the policy's order. */
export async function listAgents(db: DbOrTx, targetId: string, policy: Policy): Promise<AgentSummary[]> {
  const roles = policy.agents.map((agent) => agent.role)
  if (roles.length === 0) return []
  const isRecent = sql`${guardEvents.at} > now() - make_interval(days => ${agentDays})`
  const isUpdate = sql`coalesce(${guardEvents.detail} ->> 'act', 'delete') = 'update'`
  const ofAgents = and(eq(guardEvents.targetId, targetId), inArray(guardEvents.roleName, roles))
  const [sums, newest] = await Promise.all([
    db
      .select({
        role: guardEvents.roleName,
        lastSeenAt: max(guardEvents.at),
        refused: sql`count(*) filter (where ${guardEvents.kind} = 'blocked' and ${isRecent})`.mapWith(Number),
        deletedRows:
          sql`coalesce(sum(${guardEvents.rows}) filter (where ${guardEvents.kind} in ('deleted', 'overwritten') and not ${isUpdate} and ${isRecent}), 0)`.mapWith(
            Number,
          ),
        overwrittenRows:
          sql`coalesce(sum(${guardEvents.rows}) filter (where ${guardEvents.kind} in ('deleted', 'overwritten') and ${isUpdate} and ${isRecent}), 0)`.mapWith(
            Number,
          ),
      })
      .from(guardEvents)
      .where(ofAgents)
      .groupBy(guardEvents.roleName),
    Promise.all(roles.map((role) => listAttempts(db, targetId, role))),
  ])
  return policy.agents.map(({ role, budget }, index) => {
    const sum = sums.find((one) => one.role === role)
    return {
      role,
      budget: { ...agentBudget, ...budget },
      refused: sum?.refused ?? 0,
      deletedRows: sum?.deletedRows ?? 0,
      overwrittenRows: sum?.overwrittenRows ?? 0,
      lastSeenAt: sum?.lastSeenAt ?? null,
      attempts: newest[index]!,
    }
  })
}

const listAttempts = (db: DbOrTx, targetId: string, role: string): Promise<AgentAttempt[]> =>
  db
    .select({
      id: guardEvents.id,
      at: guardEvents.at,
      table: guardEvents.tableName,
      rows: guardEvents.rows,
      rule: sql<string | null>`${guardEvents.detail} ->> 'exceeded'`,
      application: guardEvents.applicationName,
      statement: guardEvents.statement,
    })
    .from(guardEvents)
    .where(
      and(
        eq(guardEvents.targetId, targetId),
        eq(guardEvents.kind, 'blocked'),
        eq(guardEvents.roleName, role),
        gt(guardEvents.at, sql`now() - make_interval(days => ${agentDays})`),
      ),
    )
    .orderBy(desc(guardEvents.at))
    .limit(shownAttempts)
