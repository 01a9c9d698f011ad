import { and, desc, eq, inArray, isNull, notLike, or, sql } from 'drizzle-orm'
import { alertEvents, alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { targets } from '#drizzle/schema/targets.ts'
import { findRouteById } from '#lib/alerts/routes/queries.ts'
import { builtInRouteId } from '#lib/alerts/routes/route-rule.ts'
import type { Message } from '#lib/channels/types.ts'
import type { Tx } from '#lib/db/client.ts'
import { composeMessage, type ToldTarget } from './compose-message.ts'
import { fileMessages, heldBeginnings } from './file-messages.ts'

type AlertRow = typeof alerts.$inferSelect

/** Services that keep a problem open until they are told that it is over, each problem under its own key. */
const keepsProblems = (kind: string): boolean => kind === 'pagerduty' || kind === 'webhook'

interface Told {
  alertId: string
  channelId: string
  channelKind: string
  userId: string | null
  problemKey: string
}

/**
 * Tells that these alerts are over, to those who were told of them since they last came up, in the transaction that resolved
 * them. People get one message for all; a service that keeps problems is told under each problem's key, once all alerts of
 * that message are over. Whom a window or a silence kept from hearing of it hears nothing. Safe to repeat.
 */
export async function tellResolved(tx: Tx, alertIds: readonly string[], now: Date): Promise<void> {
  if (alertIds.length === 0) return
  const rows = await tx
    .select()
    .from(alerts)
    .where(inArray(alerts.id, [...alertIds]))
  const [target = null] = rows[0]!.targetId
    ? await tx
        .select({ name: targets.name, environment: targets.environment })
        .from(targets)
        .where(eq(targets.id, rows[0]!.targetId))
    : []
  const told = await listTold(tx, [...alertIds])
  const wanted = await listWanted(tx, rows)
  await tellPeople(
    tx,
    rows,
    told.filter(({ alertId }) => wanted.has(alertId)),
    target,
    now,
  )
  await endProblems(tx, rows, told, target, now)
}

/** Who was told of each since the last time it was over before. */
async function listTold(tx: Tx, alertIds: string[]): Promise<Told[]> {
  const before = tx
    .select({
      alertId: alertEvents.alertId,
      // The newest of them is the one that is being told.
      overAt: sql<string | null>`(array_agg(${alertEvents.at} order by ${alertEvents.at} desc))[2]`.as(
        'over_at',
      ),
    })
    .from(alertEvents)
    .where(and(inArray(alertEvents.alertId, alertIds), eq(alertEvents.kind, 'resolved')))
    .groupBy(alertEvents.alertId)
    .as('before')
  return tx
    .selectDistinct({
      alertId: sql<string>`${deliveries.alertId}`,
      channelId: deliveries.channelId,
      channelKind: channels.kind,
      userId: deliveries.userId,
      problemKey: sql<string>`${deliveries.message} ->> 'problemKey'`,
    })
    .from(deliveries)
    .innerJoin(channels, eq(channels.id, deliveries.channelId))
    .leftJoin(before, eq(before.alertId, deliveries.alertId))
    .where(
      and(
        inArray(deliveries.alertId, alertIds),
        isNull(channels.removedAt),
        isNull(deliveries.fallbackOf),
        inArray(deliveries.kind, ['fired', 'worsened', 'escalated', 'reminded']),
        or(
          isNull(deliveries.heldBecause),
          and(...heldBeginnings.map((beginning) => notLike(deliveries.heldBecause, `${beginning}%`))),
        ),
        sql`${deliveries.createdAt} > coalesce(${before.overAt}, '-infinity'::timestamptz)`,
      ),
    )
}

/** Those whose route tells people that it is over. */
async function listWanted(tx: Tx, rows: AlertRow[]): Promise<Set<string>> {
  const wanted = new Set<string>()
  const byRoute = Map.groupBy(rows, ({ routeId }) => routeId)
  for (const [routeId, members] of byRoute) {
    const route = routeId === null || routeId === builtInRouteId ? null : await findRouteById(tx, routeId)
    if (route === null || route.tellsResolved) for (const { id } of members) wanted.add(id)
  }
  return wanted
}

async function tellPeople(
  tx: Tx,
  rows: AlertRow[],
  told: Told[],
  target: ToldTarget | null,
  now: Date,
): Promise<void> {
  const people = told.filter(({ channelKind }) => !keepsProblems(channelKind))
  for (const [, of] of Map.groupBy(people, ({ channelId, userId }) => `${channelId}|${userId}`)) {
    const members = rows.filter(({ id }) => of.some(({ alertId }) => alertId === id))
    const { channelId, userId } = of[0]!
    await fileMessages(
      tx,
      {
        kind: 'resolved',
        alerts: members,
        step: 'over',
        message: composeMessage('resolved', members, target, now, null),
      },
      [{ channelId, userId, who: '' }],
    )
  }
}

async function endProblems(
  tx: Tx,
  rows: AlertRow[],
  told: Told[],
  target: ToldTarget | null,
  now: Date,
): Promise<void> {
  const services = told.filter(({ channelKind }) => keepsProblems(channelKind))
  const problems = Map.groupBy(services, ({ channelId, userId, problemKey }) =>
    JSON.stringify([channelId, userId, problemKey]),
  )
  for (const [, of] of problems) {
    const { channelId, userId, problemKey } = of[0]!
    const members = await listMembers(tx, channelId, problemKey)
    if (members.some(({ status }) => status !== 'resolved')) continue
    const message: Message = composeMessage('resolved', members, target, now, null, problemKey)
    const resolvedNow = members.filter(({ id }) => rows.some((row) => row.id === id))
    await fileMessages(tx, { kind: 'resolved', alerts: resolvedNow, step: `over-${problemKey}`, message }, [
      { channelId, userId, who: '' },
    ])
  }
}

/** The alerts that were told under one key to one channel. */
async function listMembers(tx: Tx, channelId: string, problemKey: string): Promise<AlertRow[]> {
  const told = tx
    .select({ alertId: deliveries.alertId })
    .from(deliveries)
    .where(
      and(
        eq(deliveries.channelId, channelId),
        sql`${deliveries.message} ->> 'problemKey' = ${problemKey}`,
        sql`${deliveries.alertId} is not null`,
      ),
    )
  return tx.select().from(alerts).where(inArray(alerts.id, told)).orderBy(desc(alerts.severity), alerts.id)
}
