import { z } from 'zod'
import { defineRead } from '#app/_web/read.ts'
import { describePlace } from '#lib/channels/describe-channel.ts'
import {
  countDeliveries,
  listChannels,
  listDeliveries,
  listDeliveryAttempts,
  listLastTests,
} from '#lib/channels/queries.ts'

export const deliveryPageSize = 50

/** The channels, and a page of what was sent through them. Never what is secret of one. */
export const channelsRead = defineRead({
  name: 'channels',
  topics: ['channels'],
  audience: 'role',
  input: z.object({
    channel: z.string().max(63).optional(),
    status: z.enum(['queued', 'sending', 'sent', 'failed', 'held']).optional(),
    before: z.coerce.number().int().positive().optional(),
  }),
  async read({ db, user }, { channel, status, before }) {
    const [all, counts, tests, rows] = await Promise.all([
      listChannels(db),
      countDeliveries(db),
      listLastTests(db),
      listDeliveries(db, {
        channel,
        statuses: status ? [status] : undefined,
        before,
        limit: deliveryPageSize + 1,
      }),
    ])
    const page = rows.slice(0, deliveryPageSize)
    return {
      role: user.role,
      channels: all.map(({ settings, ...shown }) => ({
        ...shown,
        settings,
        place: describePlace({ kind: shown.kind, settings }),
        lastTest: tests.find(({ channelId }) => channelId === shown.id) ?? null,
        lastDay: counts.find(({ channelId }) => channelId === shown.id) ?? null,
      })),
      deliveries: page,
      next: rows.length > deliveryPageSize ? page.at(-1)!.seq : null,
    }
  },
})

/** Every try at one message. */
export const deliveryAttemptsRead = defineRead({
  name: 'delivery-attempts',
  topics: ['channels'],
  audience: 'everyone',
  input: z.object({ deliveryId: z.uuid() }),
  async read({ db }, { deliveryId }) {
    return { attempts: await listDeliveryAttempts(db, deliveryId) }
  },
})
