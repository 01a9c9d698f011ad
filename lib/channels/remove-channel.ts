import { eq, sql } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { sealChannelSecret } from './channel-secret.ts'
import { removeChannelInput } from './input.ts'
import { getChannelByName, listChannels, listRoutesOfChannel } from './queries.ts'

/**
 * Takes a channel off the list; what it has sent stays in the log. Refused while a route tells something through it or it is
 * another's fallback. Safe to repeat: then it is not found.
 */
export const removeChannel = defineVerb({
  action: 'channels.remove',
  input: removeChannelInput,
  async act({ tx, ctx, actorText }, { name, reason }) {
    const { id } = await getChannelByName(tx, name)
    const routes = await listRoutesOfChannel(tx, id)
    if (routes.length > 0) {
      return refuse(
        'channel-in-use',
        `${routes.length === 1 ? 'The route' : 'The routes'} ${routes.map((route) => `“${route}”`).join(', ')} ${routes.length === 1 ? 'tells' : 'tell'} through it.`,
        'Let them tell through another channel first.',
      )
    }
    const leaning = (await listChannels(tx)).filter(({ fallbackId }) => fallbackId === id)
    if (leaning.length > 0) {
      return refuse(
        'channel-is-fallback',
        `It is the fallback of ${leaning.map((channel) => `“${channel.name}”`).join(', ')}.`,
        'Give them another fallback, or none, first.',
      )
    }
    const [removed] = await tx
      .update(channels)
      .set({ removedAt: sql`now()`, secretVersion: sql`${channels.secretVersion} + 1` })
      .where(eq(channels.id, id))
      .returning({ version: channels.secretVersion })
    // The web may neither read nor delete a secret: an empty one takes its place, and the worker forgets the others.
    await sealChannelSecret(tx, ctx, {
      channelId: id,
      version: removed!.version,
      setBy: actorText,
      secret: null,
      allowPrivate: false,
    })
    return {
      value: { id, name },
      audit: { subject: `channel:${name}`, ...(reason ? { reason } : {}) },
      changed: ['channels'],
    }
  },
})
