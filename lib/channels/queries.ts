import { and, asc, desc, eq, gte, inArray, isNull, lt, lte, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { alerts } from '#drizzle/schema/alerts.ts'
import { users } from '#drizzle/schema/auth.ts'
import { channels, deliveries, deliveryAttempts } from '#drizzle/schema/channels.ts'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import type { Channel, ChannelError, ChannelKind, DeliveryKind, DeliveryStatus, Message } from './types.ts'

const fallbacks = alias(channels, 'fallbacks')

const columns = {
  id: channels.id,
  name: channels.name,
  kind: channels.kind,
  settings: channels.settings,
  fallbackId: channels.fallbackId,
  fallback: fallbacks.name,
  status: channels.status,
  statusAt: channels.statusAt,
  error: channels.error,
  createdAt: channels.createdAt,
  createdBy: channels.createdBy,
}

/** Every channel that was not removed, by name. */
export async function listChannels(db: DbOrTx): Promise<Channel[]> {
  const rows = await db
    .select(columns)
    .from(channels)
    .leftJoin(fallbacks, eq(fallbacks.id, channels.fallbackId))
    .where(isNull(channels.removedAt))
    .orderBy(channels.name)
  return rows as Channel[]
}

/** The channel of this name, or null. */
export async function findChannelByName(db: DbOrTx, name: string): Promise<Channel | null> {
  const [row] = await db
    .select(columns)
    .from(channels)
    .leftJoin(fallbacks, eq(fallbacks.id, channels.fallbackId))
    .where(and(eq(channels.name, name), isNull(channels.removedAt)))
  return (row as Channel | undefined) ?? null
}

/** The channel of this name. Throws AppError `channel-not-found`. */
export async function getChannelByName(db: DbOrTx, name: string): Promise<Channel> {
  const channel = await findChannelByName(db, name)
  if (!channel) throw notFound('channel', name, 'List them with: holdfast channels list')
  return channel
}

/** The channels whose newest message could not be sent, with why. */
export async function listFailingChannels(
  db: DbOrTx,
): Promise<{ name: string; kind: ChannelKind; statusAt: Date; error: ChannelError | null }[]> {
  const rows = await db
    .select({ name: channels.name, kind: channels.kind, statusAt: channels.statusAt, error: channels.error })
    .from(channels)
    .where(and(isNull(channels.removedAt), eq(channels.status, 'failing')))
    .orderBy(channels.name)
  return rows as Awaited<ReturnType<typeof listFailingChannels>>
}

/** The names of the routes that tell something through this channel. */
export async function listRoutesOfChannel(db: DbOrTx, channelId: string): Promise<string[]> {
  const uses = JSON.stringify([{ channelIds: [channelId] }])
  const rows = await db
    .select({ name: alertRoutes.name })
    .from(alertRoutes)
    .where(and(isNull(alertRoutes.removedAt), sql`${alertRoutes.steps} @> ${uses}::jsonb`))
    .orderBy(alertRoutes.name)
  return rows.map(({ name }) => name)
}

/** A line of the delivery log. */
export interface Delivery {
  id: string
  seq: number
  channel: string
  channelKind: ChannelKind
  kind: DeliveryKind
  status: DeliveryStatus
  message: Message
  recipient: string | null
  alertId: string | null
  fingerprint: string | null
  incidentId: string | null
  heldBecause: string | null
  attempts: number
  nextAttemptAt: Date
  responseStatus: number | null
  error: ChannelError | null
  fallbackOf: string | null
  createdAt: Date
  sentAt: Date | null
}

export interface DeliveryFilter {
  channel?: string | undefined
  statuses?: readonly DeliveryStatus[] | undefined
  kinds?: readonly DeliveryKind[] | undefined
  alertId?: string | undefined
  incidentId?: string | undefined
  from?: Date | undefined
  until?: Date | undefined
  /** The `seq` of the last line that was shown: the page after it. */
  before?: number | undefined
  limit?: number | undefined
}

const deliveryColumns = {
  id: deliveries.id,
  seq: deliveries.seq,
  channel: channels.name,
  channelKind: channels.kind,
  kind: deliveries.kind,
  status: deliveries.status,
  message: deliveries.message,
  recipient: users.email,
  alertId: deliveries.alertId,
  fingerprint: alerts.fingerprint,
  incidentId: deliveries.incidentId,
  heldBecause: deliveries.heldBecause,
  attempts: deliveries.attempts,
  nextAttemptAt: deliveries.nextAttemptAt,
  responseStatus: deliveries.responseStatus,
  error: deliveries.error,
  fallbackOf: deliveries.fallbackOf,
  createdAt: deliveries.createdAt,
  sentAt: deliveries.sentAt,
}

const fromDeliveries = (db: DbOrTx) =>
  db
    .select(deliveryColumns)
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .leftJoin(users, eq(users.id, deliveries.userId))
    .leftJoin(alerts, eq(alerts.id, deliveries.alertId))
    .$dynamic()

/** The delivery log, newest first; a page begins after the line before it, however much is filed meanwhile. */
export async function listDeliveries(db: DbOrTx, filter: DeliveryFilter = {}): Promise<Delivery[]> {
  const { channel, statuses, kinds, alertId, incidentId, from, until, before, limit = 50 } = filter
  const rows = await fromDeliveries(db)
    .where(
      and(
        channel ? eq(channels.name, channel) : undefined,
        statuses?.length ? inArray(deliveries.status, [...statuses]) : undefined,
        kinds?.length ? inArray(deliveries.kind, [...kinds]) : undefined,
        alertId ? eq(deliveries.alertId, alertId) : undefined,
        incidentId ? eq(deliveries.incidentId, incidentId) : undefined,
        from ? gte(deliveries.createdAt, from) : undefined,
        until ? lte(deliveries.createdAt, until) : undefined,
        before ? lt(deliveries.seq, before) : undefined,
      ),
    )
    .orderBy(desc(deliveries.seq))
    .limit(Math.min(limit, 500))
  return rows as Delivery[]
}

/** One line of the delivery log. Throws AppError `delivery-not-found`. */
export async function getDelivery(db: DbOrTx, deliveryId: string): Promise<Delivery> {
  const [row] = await fromDeliveries(db).where(eq(deliveries.id, deliveryId))
  if (!row) throw notFound('delivery', deliveryId, 'List them with: holdfast channels deliveries')
  return row as Delivery
}

export interface DeliveryAttempt {
  attempt: number
  startedAt: Date
  durationMs: number | null
  sender: string
  responseStatus: number | null
  error: ChannelError | null
}

/** Every try at a message, the oldest first. One without a duration runs, or its sender died. */
export async function listDeliveryAttempts(db: DbOrTx, deliveryId: string): Promise<DeliveryAttempt[]> {
  const rows = await db
    .select({
      attempt: deliveryAttempts.attempt,
      startedAt: deliveryAttempts.startedAt,
      durationMs: deliveryAttempts.durationMs,
      sender: deliveryAttempts.sender,
      responseStatus: deliveryAttempts.responseStatus,
      error: deliveryAttempts.error,
    })
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.deliveryId, deliveryId))
    .orderBy(asc(deliveryAttempts.startedAt))
  return rows as DeliveryAttempt[]
}

/** The newest test of each channel. */
export async function listLastTests(
  db: DbOrTx,
): Promise<{ channelId: string; id: string; status: DeliveryStatus; error: ChannelError | null }[]> {
  const rows = await db
    .selectDistinctOn([deliveries.channelId], {
      channelId: deliveries.channelId,
      id: deliveries.id,
      status: deliveries.status,
      error: deliveries.error,
    })
    .from(deliveries)
    .where(and(eq(deliveries.kind, 'test'), gte(deliveries.createdAt, sql`now() - interval '1 hour'`)))
    .orderBy(deliveries.channelId, desc(deliveries.seq))
  return rows as Awaited<ReturnType<typeof listLastTests>>
}

/** Per channel, how its messages of the last day went. */
export async function countDeliveries(
  db: DbOrTx,
): Promise<{ channelId: string; sent: number; failed: number; waiting: number; lastSentAt: Date | null }[]> {
  return db
    .select({
      channelId: deliveries.channelId,
      sent: sql<number>`(count(*) filter (where ${deliveries.status} = 'sent'))::integer`,
      failed: sql<number>`(count(*) filter (where ${deliveries.status} = 'failed'))::integer`,
      waiting: sql<number>`(count(*) filter (where ${deliveries.status} in ('queued', 'sending')))::integer`,
      lastSentAt: sql<Date | null>`max(${deliveries.sentAt})`.mapWith((at: string) => new Date(at)),
    })
    .from(deliveries)
    .where(gte(deliveries.createdAt, sql`now() - interval '1 day'`))
    .groupBy(deliveries.channelId)
}
