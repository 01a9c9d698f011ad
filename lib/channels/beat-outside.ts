import { and, eq, isNull, sql } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { installation } from '#drizzle/schema/installation.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { AppError } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { openChannelSecret } from './channel-secret.ts'
import { setChannelState } from './finish-delivery.ts'
import { heartbeat } from './kinds/heartbeat.ts'
import { type Patience, usualPatience } from './send-delivery.ts'
import { describeFailure, SendFailure } from './send-failure.ts'
import type { ChannelError, Outgoing } from './types.ts'

/** A little less than a minute, so that a beat each minute is never one too few. */
const everySeconds = 55

const nothingToSay = {} as Outgoing

/**
 * Calls every heartbeat channel that was not called within the last minute: a service out there then knows that Holdfast
 * lives, and raises the alarm when the calls stop. What fails is shown with the channel. Of several workers one calls.
 */
export async function beatOutside(ctx: Ctx, patience: Patience = usualPatience): Promise<void> {
  const due = await ctx.db
    .update(channels)
    .set({ beatAt: sql`now()` })
    .where(
      and(
        eq(channels.kind, 'heartbeat'),
        isNull(channels.removedAt),
        sql`coalesce(${channels.beatAt} < now() - make_interval(secs => ${everySeconds}), true)`,
      ),
    )
    .returning()
  await Promise.all(due.map((channel) => beat(ctx, channel, patience)))
}

async function beat(ctx: Ctx, channel: typeof channels.$inferSelect, patience: Patience): Promise<void> {
  const error = await call(ctx, channel, patience)
  await ctx.db.transaction(async (tx) => {
    await setChannelState(tx, channel.id, error)
    if (!error) {
      await tx
        .insert(installation)
        .values({ heartbeatSentAt: sql`now()` })
        .onConflictDoUpdate({ target: installation.one, set: { heartbeatSentAt: sql`now()` } })
    }
    // A beat that went well each minute is nothing to look at.
    if (error || channel.status !== 'working') await announceChanges(tx, ['channels'])
  })
  if (error) log.warn({ channel: channel.name, error }, 'the outgoing heartbeat failed')
}

async function call(
  ctx: Ctx,
  channel: typeof channels.$inferSelect,
  patience: Patience,
): Promise<ChannelError | null> {
  let hidden: string[] = []
  try {
    if (!ctx.keys) throw new Error('a process without the key sends nothing')
    const { secret, allowPrivate } = await openChannelSecret(ctx.db, ctx.keys, channel.id)
    hidden = heartbeat.hidden(secret)
    await heartbeat.deliver(nothingToSay, channel.settings, secret, { allowPrivate, ...patience })
    return null
  } catch (thrown) {
    if (!(thrown instanceof AppError)) return describeFailure(thrown, hidden)
    const { code, message, hint } = thrown
    return describeFailure(new SendFailure(code, message, { hint, canHeal: false }), hidden)
  }
}
