import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'

/** The routes are one ordered list: who changes it waits for who does. */
export async function lockRoutes(tx: Tx): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:routes'))`)
}
