import { and, eq, inArray, isNull, ne } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { channels } from '#drizzle/schema/channels.ts'
import type { Ctx } from '#lib/context.ts'
import type { Tx } from '#lib/db/client.ts'
import { AppError, messageOf } from '#lib/errors.ts'
import { log } from '#lib/log.ts'
import { channelSenders } from './channel-kinds.ts'
import { openChannelSecret } from './channel-secret.ts'
import type { ClaimedDelivery } from './claim-deliveries.ts'
import { type AttemptOutcome, finishDelivery, standIn } from './finish-delivery.ts'
import { makeOutgoing } from './outgoing.ts'
import { judgeAttempt } from './retry.ts'
import { describeFailure, SendFailure } from './send-failure.ts'
import { failingFingerprint, type Reach } from './types.ts'

/** How long one try may take; less than the lease, so that nobody else takes the message meanwhile. */
export interface Patience {
  connectMs: number
  totalMs: number
}
export const usualPatience: Patience = { connectMs: 5_000, totalMs: 15_000 }

/**
 * Sends one claimed message and writes down what came of it. At least once: a sender that dies between sending and writing
 * leaves it to be sent again. Never throws for what the receiver did.
 */
export async function sendDelivery(
  ctx: Ctx,
  claim: ClaimedDelivery,
  patience: Patience = usualPatience,
): Promise<AttemptOutcome> {
  const about = await passedElsewhere(ctx, claim)
  const outcome = about ?? (await attempt(ctx, claim, patience))
  await finishDelivery(ctx.db, claim, outcome)
  if ('error' in outcome) {
    const { name, kind } = claim.channel
    log.warn(
      { channel: name, kind, delivery: claim.delivery.id, attempt: claim.attempt, error: outcome.error },
      outcome.kind === 'failed' ? 'a message could not be sent' : 'a message is tried again later',
    )
  }
  return outcome
}

async function attempt(ctx: Ctx, claim: ClaimedDelivery, patience: Patience): Promise<AttemptOutcome> {
  const sender = channelSenders[claim.channel.kind]
  let hidden: string[] = []
  try {
    if (claim.channel.removedAt) {
      throw new SendFailure('channel-removed', 'The channel was removed.', { canHeal: false })
    }
    if (!ctx.keys) throw new Error('a process without the key sends nothing')
    const { secret, allowPrivate } = await openChannelSecret(ctx.db, ctx.keys, claim.channel.id)
    hidden = sender.hidden(secret)
    const outgoing = await makeOutgoing(ctx.db, claim, sender)
    const because = sender.skips(outgoing)
    if (because) return { kind: 'skipped', because }
    const reach: Reach = { allowPrivate, ...patience }
    const { status } = await sender.deliver(outgoing, claim.channel.settings, secret, reach)
    return { kind: 'sent', status }
  } catch (thrown) {
    return judgeFailure(asFailure(thrown, claim, hidden), claim, hidden)
  }
}

function asFailure(thrown: unknown, claim: ClaimedDelivery, hidden: readonly string[]): SendFailure {
  if (thrown instanceof SendFailure) return thrown
  if (thrown instanceof AppError) {
    return new SendFailure(thrown.code, thrown.message, { canHeal: false, hint: thrown.hint })
  }
  // Its words may hold what is secret in any writing; the code that names it cannot.
  const { code, name } = (thrown ?? {}) as { code?: string; name?: string }
  log.error(
    { channel: claim.channel.name, code, name, error: hidden.length > 0 ? undefined : messageOf(thrown) },
    'sending failed in an unexpected way',
  )
  return new SendFailure('send-failed', `It failed in an unexpected way (${code ?? name ?? 'no name'}).`, {
    canHeal: true,
  })
}

function judgeFailure(
  failure: SendFailure,
  claim: ClaimedDelivery,
  hidden: readonly string[],
): AttemptOutcome {
  const error = describeFailure(failure, hidden)
  const { canHeal, retryAfterMs, status } = failure
  // A person waits for the answer to a test; they press again.
  const verdict =
    claim.delivery.kind === 'test'
      ? ({ again: false, because: 'A test is tried once.' } as const)
      : judgeAttempt({ attempt: claim.attempt, canHeal, retryAfterMs }, Math.random())
  return verdict.again
    ? { kind: 'again', inMs: verdict.inMs, status, error }
    : { kind: 'failed', because: verdict.because, status, error }
}

/** That a channel fails is told by others: its fallback, or else every other one that is not failing. */
async function passedElsewhere(
  ctx: Ctx,
  { delivery, channel }: ClaimedDelivery,
): Promise<AttemptOutcome | null> {
  if (!delivery.alertId) return null
  const [alert] = await ctx.db
    .select({ fingerprint: alerts.fingerprint, status: alerts.status })
    .from(alerts)
    .where(eq(alerts.id, delivery.alertId))
  if (alert?.fingerprint !== failingFingerprint(channel.name) || alert.status === 'resolved') return null
  await ctx.db.transaction(async (tx) => {
    for (const id of await listOthers(tx, channel)) await standIn(tx, delivery, id)
  })
  return { kind: 'skipped', because: 'It is about this channel itself; others tell it.' }
}

async function listOthers(tx: Tx, channel: ClaimedDelivery['channel']): Promise<string[]> {
  const others = await tx
    .select({ id: channels.id, status: channels.status })
    .from(channels)
    .where(
      and(
        isNull(channels.removedAt),
        ne(channels.id, channel.id),
        inArray(channels.kind, ['slack', 'webhook', 'email', 'pagerduty']),
      ),
    )
  const fallback = others.filter(({ id, status }) => id === channel.fallbackId && status !== 'failing')
  return (fallback.length > 0 ? fallback : others.filter(({ status }) => status !== 'failing')).map(
    ({ id }) => id,
  )
}
