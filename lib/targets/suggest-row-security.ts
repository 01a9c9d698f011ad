import type postgres from 'postgres'
import { formatTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { PolicyInput } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

const exposedRolesSql = loadSql(new URL('./sql/exposed_roles.sql', import.meta.url))

/**
 * What row-level security is here today, so that losing it is a finding: the tables that have it, and the roles that
 * strangers act as. Tables that stand open stay findings; a person says which of them are meant to be.
 */
export async function suggestRowSecurity(
  sql: postgres.Sql,
  tables: readonly Table[],
): Promise<NonNullable<PolicyInput['rowSecurity']>> {
  const roles = await sql.unsafe<{ name: string }[]>(exposedRolesSql)
  return {
    tables: tables.filter(({ rowSecurity }) => rowSecurity).map(formatTable),
    exposedRoles: roles.map(({ name }) => name),
  }
}
