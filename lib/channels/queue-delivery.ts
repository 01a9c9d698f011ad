import { deliveries } from '#drizzle/schema/channels.ts'
import type { NewDelivery } from '#lib/channels/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/**
 * Files a message for sending, in the caller's transaction: it goes out if that commits, and once however often it is filed
 * with the same key. Safe to repeat. Returns the delivery's id, or null when the key was known.
 */
export async function queueDelivery(tx: DbOrTx, delivery: NewDelivery): Promise<string | null> {
  const { heldBecause, ...rest } = delivery
  const [made] = await tx
    .insert(deliveries)
    .values({ ...rest, heldBecause: heldBecause ?? null, status: heldBecause ? 'held' : 'queued' })
    .onConflictDoNothing()
    .returning({ id: deliveries.id })
  return made?.id ?? null
}
