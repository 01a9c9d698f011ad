import { and, asc, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { alerts } from '#drizzle/schema/alerts.ts'
import { channels, deliveries } from '#drizzle/schema/channels.ts'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { matchesRoute, type RouteMatch } from '#lib/on-call/route-match.ts'
import type { Severity } from './types.ts'

export interface ToldChannel {
  id: string
  name: string
  kind: string
}

/** What decides which route an incident takes, where none of its alerts took one yet. */
export interface RoutedIncident {
  id: string
  targetId: string | null
  environment: string | null
  severity: Severity
}

interface Route {
  match: RouteMatch
  steps: { channelIds?: string[] }[]
}

/**
 * The channels that hear of an incident: those that heard of it or of its alerts, else the first step of the route of its
 * first alert, else of the first route that its target and severity match. None, when nobody is to be told.
 */
export async function listToldChannels(db: DbOrTx, incident: RoutedIncident): Promise<ToldChannel[]> {
  const heard = await db
    .selectDistinct({ id: deliveries.channelId })
    .from(deliveries)
    .leftJoin(alerts, eq(alerts.id, deliveries.alertId))
    .where(or(eq(deliveries.incidentId, incident.id), eq(alerts.incidentId, incident.id)))
  const ids = heard.length > 0 ? heard.map(({ id }) => id) : await routedChannels(db, incident)
  if (ids.length === 0) return []
  return db
    .select({ id: channels.id, name: channels.name, kind: channels.kind })
    .from(channels)
    .where(and(inArray(channels.id, ids), isNull(channels.removedAt), ne(channels.kind, 'heartbeat')))
    .orderBy(asc(channels.name))
}

/** Every channel that takes messages, for a person who chooses. */
export const listMessageChannels = (db: DbOrTx): Promise<ToldChannel[]> =>
  db
    .select({ id: channels.id, name: channels.name, kind: channels.kind })
    .from(channels)
    .where(and(isNull(channels.removedAt), ne(channels.kind, 'heartbeat')))
    .orderBy(asc(channels.name))

async function routedChannels(db: DbOrTx, incident: RoutedIncident): Promise<string[]> {
  const [first] = await db
    .select({ fingerprint: alerts.fingerprint, routeId: alerts.routeId })
    .from(alerts)
    .where(eq(alerts.incidentId, incident.id))
    .orderBy(asc(alerts.firstSeenAt), asc(alerts.id))
    .limit(1)
  const routes = await db
    .select({ id: alertRoutes.id, match: alertRoutes.match, steps: alertRoutes.steps })
    .from(alertRoutes)
    .where(isNull(alertRoutes.removedAt))
    .orderBy(
      sql`${alertRoutes.id} is not distinct from ${first?.routeId ?? null}::uuid desc`,
      asc(alertRoutes.position),
    )
  // While nobody made a route, everything is told to every channel.
  if (routes.length === 0) return (await listMessageChannels(db)).map(({ id }) => id)
  const route = (routes as (Route & { id: string })[]).find(
    (each) =>
      each.id === first?.routeId ||
      matchesRoute(each.match, { ...incident, fingerprint: first?.fingerprint ?? null }),
  )
  return route?.steps[0]?.channelIds ?? []
}
