import { type Db, openDb } from '#lib/db/client.ts'
import { controlDatabaseUrl } from '#lib/env.ts'

// Kept on globalThis: Next bundles routes, pages and instrumentation apart, and a reload in development makes new modules.
const held = globalThis as typeof globalThis & { holdfastDb?: Db }

/** Our store, opened at the first request of the process; never at import, because the build imports every route. */
export function getDb(): Db {
  held.holdfastDb ??= openDb(controlDatabaseUrl(), { applicationName: 'holdfast:web', maxConnections: 10 })
  return held.holdfastDb
}
