import { and, inArray, isNull, sql } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { getChainState } from '#lib/audit/queries.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db } from '#lib/db/client.ts'
import { queueDelivery } from './queue-delivery.ts'

/**
 * Files where the audit's chain stands for each channel that asks for it, once per hour: a chain alone does not show that its
 * end was cut off, a message that left the machine does. Safe to repeat, from any number of processes.
 */
export async function fileAuditCheckpoints(db: Db): Promise<void> {
  await db.transaction(async (tx) => {
    const asking = await tx
      .select({ id: channels.id })
      .from(channels)
      .where(
        and(
          isNull(channels.removedAt),
          inArray(channels.kind, ['slack', 'webhook', 'email']),
          sql`${channels.settings} ->> 'audit' = 'true'`,
        ),
      )
    if (asking.length === 0) return
    const { seq, hash } = await getChainState(tx)
    const now = new Date()
    const hour = now.toISOString().slice(0, 13)
    for (const { id: channelId } of asking) {
      await queueDelivery(tx, {
        channelId,
        kind: 'audit',
        dedupKey: `audit:${channelId}:${hour}`,
        message: {
          title: `The audit stands at ${seq}`,
          text: 'Keep this message. An audit that is shorter later, or has another signature at this entry, was cut off or changed.',
          severity: 'INFO',
          status: 'info',
          problemKey: `audit:${hour}`,
          targetName: null,
          environment: null,
          href: '/audit',
          fields: [
            { label: 'Entry', value: String(seq) },
            { label: 'Signature', value: hash },
          ],
          at: now.toISOString(),
          acknowledgeable: false,
        },
      })
    }
    await announceChanges(tx, ['channels'])
  })
}
