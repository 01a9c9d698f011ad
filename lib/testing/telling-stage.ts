import { randomBytes } from 'node:crypto'
import { and, asc, eq, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { alertRoutes, rotations } from '#drizzle/schema/on-call.ts'
import type { RouteStep } from '#lib/alerts/routes/route-rule.ts'
import type { Message } from '#lib/channels/types.ts'
import type { Db } from '#lib/db/client.ts'
import type { RouteMatch } from '#lib/on-call/route-match.ts'

type ChannelKind = (typeof channels.$inferSelect)['kind']

/** A channel's record alone: messages are filed for it, and nobody sends them. */
export async function recordChannel(
  db: Db,
  kind: ChannelKind = 'slack',
): Promise<{ id: string; name: string }> {
  const [made] = await db
    .insert(channels)
    .values({ name: `${kind}-${randomBytes(3).toString('hex')}`, kind, settings: {}, createdBy: 'test' })
    .returning()
  return made!
}

/** A route for one target, before all others. */
export async function recordRoute(
  db: Db,
  targetId: string,
  steps: Partial<RouteStep>[],
  options: { repeatMinutes?: number; tellsResolved?: boolean; match?: Partial<RouteMatch> } = {},
): Promise<string> {
  const { match, ...rest } = options
  const [made] = await db
    .insert(alertRoutes)
    .values({
      name: `route-${randomBytes(3).toString('hex')}`,
      position: 1,
      match: { targetIds: [targetId], minimumSeverity: 'WARNING', ...match },
      steps: steps.map((step) => ({ afterMinutes: 0, channelIds: [], rotationIds: [], ...step })),
      createdBy: 'test',
      ...rest,
    })
    .returning()
  return made!.id
}

/** A rotation of these people that began a while ago, the first of them on call. */
export async function recordRotation(db: Db, members: string[]): Promise<string> {
  const [made] = await db
    .insert(rotations)
    .values({
      name: `rotation-${randomBytes(3).toString('hex')}`,
      timeZone: 'Europe/Berlin',
      startsAt: new Date(Date.now() - 3_600_000),
      shiftDays: 7,
      members,
      createdBy: 'test',
    })
    .returning()
  return made!.id
}

export interface ToldRow {
  channelId: string
  userId: string | null
  kind: string
  status: string
  heldBecause: string | null
  message: Message
}

/** Everything filed for one channel, in its order. */
export async function toldTo(db: Db, channelId: string): Promise<ToldRow[]> {
  const rows = await db
    .select()
    .from(deliveries)
    .where(eq(deliveries.channelId, channelId))
    .orderBy(asc(deliveries.createdAt), asc(deliveries.dedupKey))
  return rows.map((row) => ({ ...row, message: row.message as Message }))
}

/** What really goes out to one channel: the kinds of messages. */
export const sentTo = async (db: Db, channelId: string): Promise<string[]> =>
  (await toldTo(db, channelId)).filter(({ status }) => status === 'queued').map(({ kind }) => kind)

/** Lets the time of every open alert's next step come, as if it had been waited for. */
export async function letStepsComeDue(db: Db, targetId: string): Promise<void> {
  await db
    .update(alerts)
    .set({ nextStepAt: sql`now() - interval '1 second'` })
    .where(and(eq(alerts.targetId, targetId), sql`${alerts.nextStepAt} is not null`))
}
