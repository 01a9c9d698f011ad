import { queueDelivery } from '#lib/channels/queue-delivery.ts'
import type { Message } from '#lib/channels/types.ts'
import type { Tx } from '#lib/db/client.ts'
import { byWeight, type ToldAlert, type ToldKind } from './compose-message.ts'
import type { Recipient } from './recipients.ts'

/** How a delivery begins that a window or a silence held back: what it says was told to nobody. */
export const heldBeginnings = ['Maintenance: ', 'Silence: '] as const

/**
 * Files one message about these alerts for each recipient. The worst alert carries it; of the others it is on record that
 * they were told in the same message. Returns whether anything was new: filed twice, it is there once.
 */
export async function fileMessages(
  tx: Tx,
  told: {
    kind: ToldKind
    alerts: readonly ToldAlert[]
    /** Part of the key: the step, or whatever else makes it another message. */
    step: string
    message: Message
    heldBecause?: string
  },
  recipients: readonly Recipient[],
): Promise<boolean> {
  const { kind, message, heldBecause } = told
  const [lead, ...others] = [...told.alerts].sort(byWeight)
  let isNew = false
  for (const { channelId, userId } of recipients) {
    const key = `alert:${lead!.id}:${lead!.round}:${kind}:${told.step}:${channelId}:${userId ?? '-'}`
    const shared = { channelId, userId, kind, message }
    const filed = await queueDelivery(tx, {
      ...shared,
      alertId: lead!.id,
      dedupKey: key,
      heldBecause: heldBecause ?? null,
    })
    if (filed) isNew = true
    for (const { id } of others) {
      await queueDelivery(tx, {
        ...shared,
        alertId: id,
        dedupKey: `${key}+${id}`,
        heldBecause: heldBecause ?? `Told in one message with “${lead!.title}”`,
      })
    }
  }
  return isNew
}
