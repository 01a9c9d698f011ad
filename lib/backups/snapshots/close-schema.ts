import type postgres from 'postgres'
import { loadSql } from '#lib/sql/load-sql.ts'

const closeSql = loadSql(new URL('./sql/close_snapshot.sql', import.meta.url))

/** Takes a schema and all in it from everybody but its owner, whatever the database grants by default. Safe to repeat. */
export async function closeSchema(sql: postgres.TransactionSql, schema: string): Promise<void> {
  for (const { statement } of await sql.unsafe<{ statement: string }[]>(closeSql, [schema]))
    await sql.unsafe(statement)
}
