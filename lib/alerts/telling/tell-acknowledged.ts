import { and, eq, isNull, ne, sql } from 'drizzle-orm'
import type { alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { queueDelivery } from '#lib/channels/queue-delivery.ts'
import type { Message } from '#lib/channels/types.ts'
import type { Tx } from '#lib/db/client.ts'

/**
 * Tells the paging services that were told of this problem alone that somebody works on it, so that they stop paging too.
 * People are not told: who waits for it sees it on the page, and one message less reaches everybody. Safe to repeat.
 */
export async function tellAcknowledged(tx: Tx, alert: typeof alerts.$inferSelect): Promise<void> {
  const told = await tx
    .selectDistinctOn([deliveries.channelId], {
      channelId: deliveries.channelId,
      message: deliveries.message,
    })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .where(
      and(
        eq(deliveries.alertId, alert.id),
        eq(channels.kind, 'pagerduty'),
        isNull(channels.removedAt),
        ne(deliveries.kind, 'resolved'),
        isNull(deliveries.heldBecause),
        sql`${deliveries.message} ->> 'problemKey' = ${`alert:${alert.id}`}`,
      ),
    )
  for (const { channelId, message } of told) {
    await queueDelivery(tx, {
      channelId,
      alertId: alert.id,
      kind: 'acknowledged',
      dedupKey: `alert:${alert.id}:${alert.round}:acknowledged:${alert.step}:${channelId}:-`,
      message: {
        ...(message as Message),
        title: `Acknowledged: ${alert.title}`,
        status: 'acknowledged',
        acknowledgeable: false,
        at: new Date().toISOString(),
      },
    })
  }
}
