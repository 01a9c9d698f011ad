import { eq, sql } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { setFallbackInput } from './input.ts'
import { getChannelByName, listChannels } from './queries.ts'

/**
 * Says which channel takes the messages that this one could not send, or none. Refused where fallbacks would go round in a
 * circle. Safe to repeat.
 */
export const setFallback = defineVerb({
  action: 'channels.set-fallback',
  input: setFallbackInput,
  async act({ tx }, { name, fallback }) {
    // Two at once could each close half of a circle.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('holdfast:channel-fallbacks'))`)
    const channel = await getChannelByName(tx, name)
    const instead = fallback === null ? null : await getChannelByName(tx, fallback)
    if (instead?.kind === 'heartbeat' || (instead && channel.kind === 'heartbeat')) {
      return refuse('no-messages', 'A heartbeat carries no messages: it takes none and has none to pass on.')
    }
    const all = await listChannels(tx)
    const chain: string[] = []
    for (let next = instead; next; next = all.find(({ id }) => id === next!.fallbackId) ?? null) {
      chain.push(next.name)
      if (next.id === channel.id) {
        return refuse(
          'fallback-circle',
          `That would go round in a circle: ${[name, ...chain].join(' → ')}.`,
          'A message that none of them can send would have nowhere to go.',
        )
      }
      if (chain.length > all.length) break
    }
    await tx
      .update(channels)
      .set({ fallbackId: instead?.id ?? null })
      .where(eq(channels.id, channel.id))
    return {
      value: { name, fallback },
      audit: { subject: `channel:${name}`, detail: { fallback, before: channel.fallback } },
      changed: ['channels'],
    }
  },
})
