import { randomUUID } from 'node:crypto'
import { channels } from '#drizzle/schema/channels.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { sealChannelSecret } from './channel-secret.ts'
import { type AddChannelInput, addChannelInput } from './input.ts'
import { judgePlace } from './judge-place.ts'
import { findChannelByName } from './queries.ts'
import { splitPlace } from './split-place.ts'
import type { ChannelKind } from './types.ts'

export interface AddedChannel {
  id: string
  name: string
  kind: ChannelKind
  /** Of a signed webhook whose key was made here: shown this once, and kept sealed. */
  signingKey: string | null
}

/**
 * Adds a place where messages go, its secret sealed. Nothing is sent; test it afterwards. Not safe to repeat: a taken name
 * is refused.
 */
export const addChannel = defineVerb<AddChannelInput, AddedChannel>({
  action: 'channels.add',
  input: addChannelInput,
  async act({ tx, ctx, actorText }, { name, place, fallback, allowPrivate, audit }) {
    const wrong = judgePlace(ctx, place, allowPrivate)
    if (wrong) return wrong
    if (await findChannelByName(tx, name)) {
      return refuse('channel-exists', `There is a channel “${name}” already.`, 'Choose another name.')
    }
    const instead = fallback === null ? null : await findChannelByName(tx, fallback)
    if (fallback !== null && (!instead || instead.kind === 'heartbeat')) {
      return refuse('fallback-unknown', `“${fallback}” is no channel that takes messages.`)
    }
    const id = randomUUID()
    const { kind } = place
    const { secret, madeSigningKey, ...split } = splitPlace(place)
    const settings = { ...split.settings, ...(audit ? { audit } : {}) }
    await tx
      .insert(channels)
      .values({ id, name, kind, settings, fallbackId: instead?.id ?? null, createdBy: actorText })
    await sealChannelSecret(tx, ctx, { channelId: id, version: 1, setBy: actorText, secret, allowPrivate })
    return {
      value: { id, name, kind, signingKey: madeSigningKey },
      audit: { subject: `channel:${name}`, detail: { id, kind, settings, fallback, allowPrivate } },
      changed: ['channels'],
    }
  },
})
