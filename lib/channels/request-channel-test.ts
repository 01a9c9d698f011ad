import { randomUUID } from 'node:crypto'
import { and, eq, gt, sql } from 'drizzle-orm'
import { deliveries } from '#drizzle/schema/channels.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { namedChannelInput } from './input.ts'
import { getChannelByName } from './queries.ts'
import { queueDelivery } from './queue-delivery.ts'

/** A button that is pressed again and again must not become a storm. */
const mostPerMinute = 5

/**
 * Files a test message, which is really sent by whoever sends messages; its delivery tells what came of it. Each call sends
 * another one; more than five a minute are refused.
 */
export const requestChannelTest = defineVerb<{ name: string }, { deliveryId: string; name: string }>({
  action: 'channels.test',
  input: namedChannelInput,
  async act({ tx, actor, actorText }, { name }) {
    const { id: channelId } = await getChannelByName(tx, name)
    const recent = await tx.$count(
      deliveries,
      and(
        eq(deliveries.channelId, channelId),
        eq(deliveries.kind, 'test'),
        gt(deliveries.createdAt, sql`now() - interval '1 minute'`),
      ),
    )
    if (recent >= mostPerMinute) {
      return refuse(
        'too-many-tests',
        `“${name}” was tested ${recent} times within a minute.`,
        'Wait a minute.',
      )
    }
    const key = `test:${randomUUID()}`
    const deliveryId = await queueDelivery(tx, {
      channelId,
      kind: 'test',
      dedupKey: key,
      message: {
        title: `A test of the channel “${name}”`,
        text: 'If you read this, messages of Holdfast arrive here. Nothing is wrong, and nothing has to be done.',
        severity: 'INFO',
        status: 'info',
        problemKey: key,
        targetName: null,
        environment: null,
        href: '/settings/channels',
        fields: [{ label: 'Asked for by', value: actor.kind === 'user' ? actor.email : actorText }],
        at: new Date().toISOString(),
        acknowledgeable: false,
      },
    })
    return {
      value: { deliveryId: deliveryId!, name },
      audit: { subject: `channel:${name}`, detail: { deliveryId } },
      changed: ['channels'],
    }
  },
})
