import { eq, sql } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import type { AddedChannel } from './add-channel.ts'
import { sealChannelSecret } from './channel-secret.ts'
import { type ChangeChannelInput, changeChannelInput } from './input.ts'
import { judgePlace } from './judge-place.ts'
import { getChannelByName } from './queries.ts'
import { splitPlace } from './split-place.ts'

/**
 * Gives a channel a new address and secret, whole: the earlier secret is not read, so what is left out is gone. Its kind,
 * name and history stay. Safe to repeat.
 */
export const changeChannel = defineVerb<ChangeChannelInput, AddedChannel>({
  action: 'channels.change',
  input: changeChannelInput,
  async act({ tx, ctx, actorText }, { name, place, allowPrivate, audit }) {
    const wrong = judgePlace(ctx, place, allowPrivate)
    if (wrong) return wrong
    const { id, kind } = await getChannelByName(tx, name)
    if (kind !== place.kind) {
      return refuse(
        'other-kind',
        `“${name}” is of the kind ${kind}.`,
        'Add another channel, and set it as this one’s fallback or in the routes.',
      )
    }
    const { secret, madeSigningKey, ...split } = splitPlace(place)
    const settings = { ...split.settings, ...(audit ? { audit } : {}) }
    const [changed] = await tx
      .update(channels)
      .set({
        settings,
        secretVersion: sql`${channels.secretVersion} + 1`,
        status: 'untried',
        statusAt: sql`now()`,
        error: null,
      })
      .where(eq(channels.id, id))
      .returning({ version: channels.secretVersion })
    await sealChannelSecret(tx, ctx, {
      channelId: id,
      version: changed!.version,
      setBy: actorText,
      secret,
      allowPrivate,
    })
    return {
      value: { id, name, kind, signingKey: madeSigningKey },
      audit: { subject: `channel:${name}`, detail: { id, kind, settings, allowPrivate } },
      changed: ['channels'],
    }
  },
})
