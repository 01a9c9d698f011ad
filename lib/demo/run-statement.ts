import postgres from 'postgres'
import { type DemoRole, demoUrl } from '#lib/demo/demo-urls.ts'

export interface StatementResult {
  /** As PostgreSQL says it: `DELETE`, `ALTER TABLE`. */
  command: string
  rows: number
  /** The first of the rows that it returned. */
  returned: Record<string, unknown>[]
}

const mostReturned = 20

/**
 * Runs one statement in a demo database, as its application would or as its migrations would. It does what it says; an error of
 * the database is thrown as it is. Not safe to repeat unless the statement is.
 */
export async function runStatement(
  database: string,
  role: DemoRole,
  statement: string,
): Promise<StatementResult> {
  const sql = postgres(demoUrl(database, role), {
    max: 1,
    onnotice: () => {},
    connect_timeout: 10,
    connection: { application_name: role === 'owner' ? 'migrate.js' : `${database}-app` },
  })
  try {
    // The extended protocol takes exactly one statement.
    const result = await sql.unsafe<Record<string, unknown>[]>(statement, [], { simple: false } as object)
    return {
      command: result.command,
      rows: result.count ?? 0,
      returned: result.slice(0, mostReturned),
    }
  } finally {
    await sql.end({ timeout: 5 })
  }
}
