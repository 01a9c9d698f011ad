import type postgres from 'postgres'
import { loadSql } from '#lib/sql/load-sql.ts'

const catalogSql = loadSql(new URL('./sql/list_catalog.sql', import.meta.url))

/** Everything in a database's catalogs that an installation could leave behind or change, one line each, in order. */
export async function listCatalog(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql.unsafe<{ thing: string }[]>(catalogSql)
  return rows.map((row) => row.thing)
}
