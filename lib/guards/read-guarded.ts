import type postgres from 'postgres'

export interface GuardRows {
  tables: Record<string, unknown>[]
  budgets: Record<string, unknown>[]
}

/** The guard's own rows; none where it is not installed or is of an older make. Only reads. */
export async function readGuarded(sql: postgres.Sql): Promise<GuardRows> {
  const [known] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.guarded_tables') is not null and to_regclass('holdfast.budgets') is not null as present`
  if (!known.present) return { tables: [], budgets: [] }
  const tables = await sql<
    { entry: Record<string, unknown> }[]
  >`select to_jsonb(g) as entry from holdfast.guarded_tables g`
  const budgets = await sql<
    { entry: Record<string, unknown> }[]
  >`select to_jsonb(b) as entry from holdfast.budgets b`
  return { tables: tables.map((row) => row.entry), budgets: budgets.map((row) => row.entry) }
}

/** The roles that the guard knows as agents; null where it is not installed or is of an older make. Only reads. */
export async function readAgents(sql: postgres.Sql): Promise<string[] | null> {
  const [known] = await sql<
    [{ present: boolean }]
  >`select to_regclass('holdfast.agents') is not null as present`
  if (!known.present) return null
  const rows = await sql<{ role: string }[]>`select a.role_name as role from holdfast.agents a`
  return rows.map((row) => row.role)
}
