import { asc, eq, or, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { users } from '#drizzle/schema/auth.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { mostOfEach } from './window.ts'

/** What was told about an incident and its alerts: through which channel, to whom, and how it went. */
export async function listMessages(db: DbOrTx, incidentId: string) {
  const rows = await db
    .select({
      id: deliveries.id,
      at: sql<Date>`coalesce(${deliveries.sentAt}, ${deliveries.createdAt})`.mapWith(deliveries.createdAt),
      channel: channels.name,
      person: users.email,
      kind: deliveries.kind,
      message: deliveries.message,
      status: deliveries.status,
      heldBecause: deliveries.heldBecause,
      attempts: deliveries.attempts,
      error: deliveries.error,
    })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .leftJoin(users, eq(users.id, deliveries.userId))
    .leftJoin(alerts, eq(alerts.id, deliveries.alertId))
    .where(or(eq(deliveries.incidentId, incidentId), eq(alerts.incidentId, incidentId)))
    .orderBy(asc(deliveries.createdAt))
    .limit(mostOfEach)
  return rows.map(({ message, error, ...row }) => ({
    ...row,
    title: (message as { title?: string } | null)?.title ?? '',
    error: (error as { message?: string } | null)?.message ?? null,
  }))
}
