import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { deliveries } from '#drizzle/schema/channels.ts'
import { addChannel } from '#lib/channels/add-channel.ts'
import { openSender, type Sender } from '#lib/channels/open-sender.ts'
import { type Delivery, getDelivery } from '#lib/channels/queries.ts'
import { queueDelivery } from '#lib/channels/queue-delivery.ts'
import type { Patience } from '#lib/channels/send-delivery.ts'
import type { Message, NewDelivery } from '#lib/channels/types.ts'
import { unwrap } from '#lib/errors.ts'
import { waitFor } from '#lib/testing/program.ts'
import type { TestStore } from '#lib/testing/test-db.ts'

export const testMessage = (change: Partial<Message> = {}): Message => ({
  title: 'Memberships are missing',
  text: '12 users have no organisation.',
  severity: 'CRITICAL',
  status: 'firing',
  problemKey: `health:members:${randomUUID()}`,
  targetName: 'salon',
  environment: 'production',
  href: '/alerts?target=salon',
  fields: [{ label: 'Since', value: '12:00' }],
  at: '2026-01-01T12:00:00.000Z',
  acknowledgeable: false,
  ...change,
})

export interface ChannelStage {
  sender: Sender
  /** Adds a channel that may reach this machine, and returns its id. */
  add(name: string, place: object, fallback?: string): Promise<string>
  /** Files a message as those do who tell something. */
  file(channelId: string, change?: Partial<Message>, more?: Partial<NewDelivery>): Promise<string>
  /** Sends until this message is no longer waiting; its pauses pass at once. */
  send(deliveryId: string): Promise<Delivery>
  /** One look of the sender, and all that it began. */
  round(): Promise<number>
  look(deliveryId: string): Promise<Delivery>
}

/** Channels of a test's store, and a sender that is as impatient as a test. */
export function setChannelStage(
  store: TestStore,
  patience: Patience = { connectMs: 1_000, totalMs: 1_500 },
): ChannelStage {
  const { ctx, db } = store
  const sender = openSender(ctx, 'test-sender', patience)
  const round = async () => {
    const begun = await sender.tick()
    await sender.settle()
    return begun
  }
  const look = (deliveryId: string) => getDelivery(db, deliveryId)
  return {
    sender,
    round,
    look,
    add: async (name, place, fallback) =>
      unwrap(await addChannel(ctx, { name, place, allowPrivate: true, ...(fallback ? { fallback } : {}) }))
        .id,
    async file(channelId, change, more) {
      const id = await db.transaction((tx) =>
        queueDelivery(tx, {
          channelId,
          kind: 'fired',
          dedupKey: randomUUID(),
          message: testMessage(change),
          ...more,
        }),
      )
      return id!
    },
    async send(deliveryId) {
      return waitFor('the message to be sent or given up', async () => {
        await db.update(deliveries).set({ nextAttemptAt: sql`now()` }).where(eq(deliveries.status, 'queued'))
        await round()
        const seen = await look(deliveryId)
        return ['sent', 'failed', 'held'].includes(seen.status) ? seen : null
      })
    },
  }
}
