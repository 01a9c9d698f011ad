import { asc, eq, inArray } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import type { DeliveryKind } from '#lib/channels/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** One message about an alert: to whom, and how it went. */
export interface AlertDelivery {
  id: string
  alertId: string
  channel: string
  person: string | null
  kind: DeliveryKind
  status: (typeof deliveries.$inferSelect)['status']
  heldBecause: string | null
  attempts: number
  createdAt: Date
  sentAt: Date | null
  error: string | null
}

/** Every message about these alerts, oldest first. */
export async function listAlertDeliveries(db: DbOrTx, alertIds: string[]): Promise<AlertDelivery[]> {
  if (alertIds.length === 0) return []
  const rows = await db
    .select({
      id: deliveries.id,
      alertId: deliveries.alertId,
      channel: channels.name,
      person: users.name,
      kind: deliveries.kind,
      status: deliveries.status,
      heldBecause: deliveries.heldBecause,
      attempts: deliveries.attempts,
      createdAt: deliveries.createdAt,
      sentAt: deliveries.sentAt,
      error: deliveries.error,
    })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .leftJoin(users, eq(users.id, deliveries.userId))
    .where(inArray(deliveries.alertId, alertIds))
    .orderBy(asc(deliveries.createdAt), asc(channels.name))
    .limit(2_000)
  return rows.map(({ alertId, error, ...row }) => ({
    ...row,
    alertId: alertId!,
    error: (error as { message?: string } | null)?.message ?? null,
  }))
}
