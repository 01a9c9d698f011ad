import { sql } from 'drizzle-orm'
import type { Tx } from '#lib/db/client.ts'

/**
 * Waits for the turn to change the alerts of a target, or those about Holdfast itself, until the transaction ends: an older
 * view of the facts must not undo what a newer one did, and one step is told once.
 */
export async function lockAlerts(tx: Tx, targetId: string | null): Promise<void> {
  await tx.execute(
    sql`select pg_advisory_xact_lock(hashtext('holdfast:alerts'), hashtext(${targetId ?? 'holdfast'}))`,
  )
}
