import { eq, isNull, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { installation } from '#drizzle/schema/installation.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { acknowledgePath, makeAcknowledgeLink } from './acknowledge-link.ts'
import type { ClaimedDelivery } from './claim-deliveries.ts'
import type { ChannelSender, Message, Outgoing } from './types.ts'

/** The console's address as people type it, without a slash at its end; null while nobody told it. */
export async function findPublicUrl(db: DbOrTx): Promise<string | null> {
  const [row] = await db.select({ publicUrl: installation.publicUrl }).from(installation)
  return row?.publicUrl?.replace(/\/+$/, '') ?? null
}

/** Remembers the console's address, for links in messages. Safe to repeat. */
export async function rememberPublicUrl(db: DbOrTx, publicUrl: string): Promise<void> {
  await db
    .insert(installation)
    .values({ publicUrl })
    .onConflictDoUpdate({
      target: installation.one,
      set: { publicUrl },
      setWhere: sql`${isNull(installation.publicUrl)} or ${installation.publicUrl} <> ${publicUrl}`,
    })
}

/** A path of the console as a whole address. Anything that is no such path leads to its first page. */
const addressOf = (publicUrl: string, href: string): string =>
  `${publicUrl}${/^\/(?![/\\])/.test(href) ? href : '/'}`

/** What the kind needs to know about this try, with an acknowledging link of its own where the message offers one. */
export async function makeOutgoing(
  db: DbOrTx,
  { delivery, recipient }: ClaimedDelivery,
  sender: ChannelSender,
): Promise<Outgoing> {
  const message = delivery.message as Message
  const publicUrl = await findPublicUrl(db)
  const offersLink = message.acknowledgeable && sender.carriesLinks && publicUrl && delivery.alertId
  const token =
    offersLink && (await canBeAcknowledged(db, delivery.alertId!))
      ? await makeAcknowledgeLink(db, {
          alertId: delivery.alertId!,
          channelId: delivery.channelId,
          userId: delivery.userId,
        })
      : null
  return {
    message,
    kind: delivery.kind,
    deliveryId: delivery.id,
    dedupKey: delivery.dedupKey,
    filedAt: delivery.createdAt,
    consoleUrl: publicUrl ? addressOf(publicUrl, message.href) : null,
    acknowledgeUrl: token && publicUrl ? `${publicUrl}${acknowledgePath(token)}` : null,
    recipient: recipient && !recipient.disabledAt ? { email: recipient.email, name: recipient.name } : null,
  }
}

async function canBeAcknowledged(db: DbOrTx, alertId: string): Promise<boolean> {
  const [alert] = await db.select({ status: alerts.status }).from(alerts).where(eq(alerts.id, alertId))
  return alert?.status === 'firing' || alert?.status === 'silenced'
}
