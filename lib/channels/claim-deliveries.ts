import { eq, inArray, sql } from 'drizzle-orm'
import { users } from '#drizzle/schema/auth.ts'
import { channels, deliveries, deliveryAttempts } from '#drizzle/schema/channels.ts'
import type { Db } from '#lib/db/client.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { paces } from './fold-deliveries.ts'

const claimSql = loadSql(new URL('./sql/claim_deliveries.sql', import.meta.url))

export interface ClaimedDelivery {
  attemptId: string
  attempt: number
  delivery: typeof deliveries.$inferSelect
  channel: typeof channels.$inferSelect
  recipient: { email: string; name: string; disabledAt: Date | null } | null
}

interface Claim extends Record<string, unknown> {
  attemptId: string
  deliveryId: string
  attempt: number
}

/**
 * Takes messages that are due for this sender, for 45 seconds; after that another may take what was not finished. At most
 * four of one channel are under way, so that a slow one holds up no other. Safe to run at once in many processes.
 */
export async function claimDeliveries(
  db: Db,
  sender: string,
  only: string | null = null,
): Promise<ClaimedDelivery[]> {
  const claims = await db.transaction(async (tx) => {
    await tx.execute(
      sql`select set_config('holdfast.sender', ${sender}, true), set_config('holdfast.paces', ${paces}, true), set_config('holdfast.delivery_id', ${only ?? ''}, true)`,
    )
    return [...(await tx.execute<Claim>(sql.raw(claimSql)))]
  })
  if (claims.length === 0) return []
  const rows = await db
    .select({
      attemptId: deliveryAttempts.id,
      attempt: deliveryAttempts.attempt,
      delivery: deliveries,
      channel: channels,
      email: users.email,
      name: users.name,
      disabledAt: users.disabledAt,
    })
    .from(deliveryAttempts)
    .innerJoin(deliveries, eq(deliveries.id, deliveryAttempts.deliveryId))
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .leftJoin(users, eq(users.id, deliveries.userId))
    .where(
      inArray(
        deliveryAttempts.id,
        claims.map(({ attemptId }) => attemptId),
      ),
    )
    .orderBy(deliveries.seq)
  return rows.map(({ email, name, disabledAt, ...rest }) => ({
    ...rest,
    recipient: email === null ? null : { email, name: name ?? email, disabledAt },
  }))
}
