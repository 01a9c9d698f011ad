import type postgres from 'postgres'
import { loadSql } from '#lib/sql/load-sql.ts'
import { createTestDatabase } from '#lib/testing/test-db.ts'

/**
 * One script with everything that copies of databases are known to lose: odd types, values, names, constraints, partitions,
 * triggers, policies, large objects, grants. Needs a superuser and an empty database with the contrib extensions at hand.
 */
export const oddDatabaseScript = [
  new URL('./sql/odd_database.sql', import.meta.url),
  new URL('./sql/odd_rows.sql', import.meta.url),
  new URL('./sql/odd_rules.sql', import.meta.url),
]
  .map(loadSql)
  .join('\n')

/** A database made by that script for one test file; dropped at its end. */
export async function createOddDatabase(
  server?: string,
): Promise<{ url: string; database: string; sql: postgres.Sql }> {
  return createTestDatabase(oddDatabaseScript, server)
}
