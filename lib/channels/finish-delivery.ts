import { and, between, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { channels, deliveries, deliveryAttempts } from '#drizzle/schema/channels.ts'
import { announceChanges } from '#lib/db/changes.ts'
import type { Db, Tx } from '#lib/db/client.ts'
import type { ClaimedDelivery } from './claim-deliveries.ts'
import { queueDelivery } from './queue-delivery.ts'
import type { ChannelError, Message } from './types.ts'

/** What came of one try. */
export type AttemptOutcome =
  | { kind: 'sent'; status: number | null }
  | { kind: 'skipped'; because: string }
  | { kind: 'again'; inMs: number; status: number | null; error: ChannelError }
  | { kind: 'failed'; because: string; status: number | null; error: ChannelError }

/**
 * Writes down what came of a try: the attempt, the delivery while this sender still holds it, the channel's state, and after
 * the last try the message for the fallback. Safe to repeat: a lost lease changes the attempt's record only.
 */
export async function finishDelivery(db: Db, claim: ClaimedDelivery, outcome: AttemptOutcome): Promise<void> {
  const { delivery, attempt, attemptId, channel } = claim
  await db.transaction(async (tx) => {
    const failed = 'error' in outcome ? outcome.error : null
    const status = 'status' in outcome ? outcome.status : null
    await tx
      .update(deliveryAttempts)
      .set({
        durationMs: sql`(extract(epoch from clock_timestamp() - ${deliveryAttempts.startedAt}) * 1000)::integer`,
        responseStatus: status,
        error: failed,
      })
      .where(eq(deliveryAttempts.id, attemptId))
    const [held] = await tx
      .update(deliveries)
      .set({ ...changeOf(outcome), leaseUntil: null, responseStatus: status, error: failed })
      .where(
        and(
          eq(deliveries.id, delivery.id),
          eq(deliveries.status, 'sending'),
          eq(deliveries.attempts, attempt),
        ),
      )
      .returning({ id: deliveries.id })
    if (outcome.kind !== 'skipped') await setChannelState(tx, channel.id, failed)
    if (held && outcome.kind === 'failed') await passOn(tx, claim)
    if (held && outcome.kind === 'sent') await tellStandIns(tx, claim)
    await announceChanges(tx, ['channels'])
  })
}

function changeOf(outcome: AttemptOutcome) {
  switch (outcome.kind) {
    case 'sent':
      return { status: 'sent' as const, sentAt: sql`now()` }
    case 'skipped':
      return { status: 'held' as const, heldBecause: outcome.because }
    case 'again':
      return {
        status: 'queued' as const,
        nextAttemptAt: sql`now() + make_interval(secs => ${outcome.inMs / 1000})`,
      }
    case 'failed':
      return { status: 'failed' as const }
  }
}

/** `error` null: it works. The instant changes with the state only, so that it says since when. */
export async function setChannelState(tx: Tx, channelId: string, error: ChannelError | null): Promise<void> {
  const status = error ? 'failing' : 'working'
  await tx
    .update(channels)
    .set({
      status,
      error,
      statusAt: sql`case when ${channels.status} = ${status} then ${channels.statusAt} else now() end`,
    })
    .where(
      error
        ? eq(channels.id, channelId)
        : and(
            eq(channels.id, channelId),
            or(ne(channels.status, 'working'), sql`${channels.error} is not null`),
          ),
    )
}

/** The channel's fallback takes what failed for good. A message comes to one channel once, also where fallbacks go round. */
async function passOn(tx: Tx, { delivery, channel }: ClaimedDelivery): Promise<void> {
  if (delivery.kind === 'test' || !channel.fallbackId) return
  const [fallback] = await tx
    .select({ id: channels.id })
    .from(channels)
    .where(and(eq(channels.id, channel.fallbackId), isNull(channels.removedAt)))
  if (fallback) await standIn(tx, delivery, fallback.id)
}

const separator = '|instead|'

/** Whether that channel was told the same at the same time by itself: a route that names both. */
async function knowsAlready(
  tx: Tx,
  { alertId, kind, createdAt }: typeof deliveries.$inferSelect,
  channelId: string,
): Promise<boolean> {
  if (!alertId) return false
  const minuteMs = 60_000
  const own = await tx.$count(
    deliveries,
    and(
      eq(deliveries.channelId, channelId),
      eq(deliveries.alertId, alertId),
      eq(deliveries.kind, kind),
      inArray(deliveries.status, ['queued', 'sending', 'sent']),
      between(
        deliveries.createdAt,
        new Date(createdAt.getTime() - minuteMs),
        new Date(createdAt.getTime() + minuteMs),
      ),
    ),
  )
  return own > 0
}

/** Files the same message for another channel, unless that one tells it anyway. */
export async function standIn(
  tx: Tx,
  delivery: typeof deliveries.$inferSelect,
  channelId: string,
): Promise<void> {
  if (await knowsAlready(tx, delivery, channelId)) return
  const root = delivery.dedupKey.split(separator)[0]!
  const id = await queueDelivery(tx, {
    channelId,
    alertId: delivery.alertId,
    incidentId: delivery.incidentId,
    userId: delivery.userId,
    kind: delivery.kind,
    dedupKey: `${root}${separator}${channelId}`,
    message: delivery.message as Message,
  })
  if (id) await tx.update(deliveries).set({ fallbackOf: delivery.id }).where(eq(deliveries.id, id))
}

/** Who was told of a problem in this channel's stead is told of its end as well. */
async function tellStandIns(tx: Tx, { delivery, channel }: ClaimedDelivery): Promise<void> {
  const message = delivery.message as Message
  if (message.status !== 'resolved' || !delivery.alertId) return
  const failed = tx
    .select({ id: deliveries.id })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.channelId, channel.id),
        eq(deliveries.alertId, delivery.alertId),
        eq(deliveries.status, 'failed'),
      ),
    )
  const stood = await tx
    .selectDistinct({ channelId: deliveries.channelId })
    .from(deliveries)
    .where(sql`${deliveries.fallbackOf} in ${failed} and ${deliveries.channelId} <> ${channel.id}`)
  for (const { channelId } of stood) await standIn(tx, delivery, channelId)
}
