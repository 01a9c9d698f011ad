import type postgres from 'postgres'
import { loadSql } from '#lib/sql/load-sql.ts'
import { type Policy, protectedTables } from '#lib/targets/policy.ts'

const planSql = loadSql(new URL('./sql/plan_agent_role.sql', import.meta.url))

export interface AgentRolePlan {
  statements: string[]
  /** The server has a role of that name that is no agent of this database. */
  isTaken: boolean
  exists: boolean
  mayMake: boolean
  warnings: string[]
}

interface Row {
  statements: string[]
  comment: string | null
  database: string
  mayMake: boolean
  openSchemas: string[]
}

/** What makes an agent's role in a target, and whether this session may run it. Only reads. */
export async function planAgentRole(sql: postgres.Sql, role: string, policy: Policy): Promise<AgentRolePlan> {
  const schemas = [...new Set(protectedTables(policy).map((table) => table.schema))]
  const [row] = await sql.unsafe<[Row]>(planSql, [role, schemas as never])
  const isOurs = row.comment === `Holdfast agent of ${row.database}`
  return {
    statements: row.statements,
    isTaken: row.comment !== null && !isOurs,
    exists: isOurs,
    mayMake: row.mayMake,
    warnings: row.openSchemas.map(
      (schema) =>
        `Everybody may create in schema ${schema}; where event triggers are missing, so may the agent. Close it: revoke create on schema ${schema} from public`,
    ),
  }
}
