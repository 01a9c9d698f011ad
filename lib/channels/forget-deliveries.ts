import { and, eq, inArray, lt, sql } from 'drizzle-orm'
import { acknowledgeLinks, channelSecrets, channels, deliveries } from '#drizzle/schema/channels.ts'
import type { Db } from '#lib/db/client.ts'

/** The log is kept as long as people look back on an incident. */
const keptDays = 90
const linksKeptDays = 7
const atOnce = 5_000

/**
 * Forgets messages that ended 90 days ago with their attempts, acknowledging links that ended a week ago, and the secrets
 * that a channel no longer uses. Safe to repeat. Returns how many messages were forgotten.
 */
export async function forgetDeliveries(db: Db): Promise<number> {
  await db
    .delete(acknowledgeLinks)
    .where(lt(acknowledgeLinks.expiresAt, sql`now() - make_interval(days => ${linksKeptDays})`))
  await db
    .delete(channelSecrets)
    .where(
      lt(
        channelSecrets.version,
        db
          .select({ newest: channels.secretVersion })
          .from(channels)
          .where(eq(channels.id, channelSecrets.channelId)),
      ),
    )
  let forgotten = 0
  for (;;) {
    const old = db
      .select({ id: deliveries.id })
      .from(deliveries)
      .where(
        and(
          inArray(deliveries.status, ['sent', 'failed', 'held']),
          lt(deliveries.createdAt, sql`now() - make_interval(days => ${keptDays})`),
        ),
      )
      .limit(atOnce)
    const gone = await db
      .delete(deliveries)
      .where(inArray(deliveries.id, old))
      .returning({ id: deliveries.id })
    forgotten += gone.length
    if (gone.length < atOnce) return forgotten
  }
}
