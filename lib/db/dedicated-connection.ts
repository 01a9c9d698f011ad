import postgres from 'postgres'
import type { Db } from '#lib/db/client.ts'

/**
 * A connection to the control database that belongs to one piece of work, outside the pool: for locks that must live
 * exactly as long as the work. It never reconnects unnoticed under a lock: compare `pg_backend_pid()`.
 */
export function openDedicatedConnection(db: Db, applicationName: string): postgres.Sql {
  const { database, user, ssl, ...rest } = db.$client.options
  // The library takes back what it parsed (lists of hosts and ports, the password), but its types do not say so.
  const { host, port, pass } = rest as unknown as { host: string; port: number; pass: string | null }
  return postgres({
    host,
    port,
    database,
    user,
    ...(pass ? { password: pass } : {}),
    ...(ssl ? { ssl } : {}),
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: applicationName, statement_timeout: 60_000, lock_timeout: 10_000 },
  })
}
