import type postgres from 'postgres'
import { readAgents } from '#lib/guards/read-guarded.ts'
import type { GuardObject } from '#lib/guards/types.ts'
import { listWantedGuards } from '#lib/guards/wanted-guards.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Policy } from '#lib/targets/policy.ts'

const planSql = loadSql(new URL('./sql/plan_agents.sql', import.meta.url))

/** Compares what the policy's agents need in a target with what is there: who they are, and the triggers on what they overwrite. Only reads. */
export async function planAgents(sql: postgres.Sql, policy: Policy): Promise<GuardObject[]> {
  const known = (await readAgents(sql)) ?? []
  return sql.unsafe<GuardObject[]>(planSql, [
    listWantedGuards(policy) as never,
    policy.agents.map((agent) => agent.role) as never,
    known as never,
  ])
}
