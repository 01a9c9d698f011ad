import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { notFound, refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { resendInput } from './input.ts'
import { queueDelivery } from './queue-delivery.ts'
import type { Message } from './types.ts'

/**
 * Files a message of the log once more, as it was, through the same channel. Only what failed or was held: what was sent
 * would arrive twice. Each call sends another one.
 */
export const resendDelivery = defineVerb<{ deliveryId: string }, { deliveryId: string }>({
  action: 'channels.resend',
  input: resendInput,
  async act({ tx }, { deliveryId }) {
    const [row] = await tx
      .select({ delivery: deliveries, name: channels.name, removedAt: channels.removedAt })
      .from(deliveries)
      .innerJoin(channels, eq(channels.id, deliveries.channelId))
      .where(eq(deliveries.id, deliveryId))
    if (!row) throw notFound('delivery', deliveryId, 'List them with: holdfast channels deliveries')
    const { delivery, name, removedAt } = row
    if (removedAt) return refuse('channel-removed', `The channel “${name}” was removed.`)
    if (delivery.status !== 'failed' && delivery.status !== 'held') {
      return refuse(
        'not-failed',
        `This message is ${delivery.status}; only a failed or held one is sent again.`,
      )
    }
    const again = await queueDelivery(tx, {
      channelId: delivery.channelId,
      alertId: delivery.alertId,
      incidentId: delivery.incidentId,
      userId: delivery.userId,
      kind: delivery.kind,
      dedupKey: `again:${randomUUID()}`,
      message: delivery.message as Message,
    })
    return {
      value: { deliveryId: again! },
      audit: { subject: `channel:${name}`, detail: { deliveryId, again } },
      changed: ['channels'],
    }
  },
})
