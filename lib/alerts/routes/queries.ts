import { asc, eq, isNull } from 'drizzle-orm'
import { channels } from '#drizzle/schema/channels.ts'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'
import type { RouteMatch } from '#lib/on-call/route-match.ts'
import type { Route, RouteStep } from './route-rule.ts'

const asRoute = ({ match, steps, ...row }: typeof alertRoutes.$inferSelect): Route => ({
  id: row.id,
  name: row.name,
  position: row.position,
  match: match as RouteMatch,
  steps: steps as RouteStep[],
  repeatMinutes: row.repeatMinutes,
  tellsResolved: row.tellsResolved,
})

/** The routes in force, in their order. */
export async function listRoutes(db: DbOrTx): Promise<Route[]> {
  const rows = await db
    .select()
    .from(alertRoutes)
    .where(isNull(alertRoutes.removedAt))
    .orderBy(asc(alertRoutes.position), asc(alertRoutes.createdAt))
  return rows.map(asRoute)
}

/** The route with this id, also a removed one: alerts that followed it still name it. Null when there is none. */
export async function findRouteById(db: DbOrTx, routeId: string): Promise<Route | null> {
  const [row] = await db.select().from(alertRoutes).where(eq(alertRoutes.id, routeId))
  return row ? asRoute(row) : null
}

/** The route of this name or id. Throws AppError `route-not-found`. */
export async function getRoute(db: DbOrTx, named: string): Promise<Route> {
  const found = (await listRoutes(db)).find(({ id, name }) => id === named || name === named)
  if (!found) throw notFound('route', named, 'List them with: holdfast routes list')
  return found
}

export interface TellingChannel {
  id: string
  name: string
  kind: (typeof channels.$inferSelect)['kind']
  status: (typeof channels.$inferSelect)['status']
  /** False for a mail channel without recipients of its own: it reaches the person on call only. */
  reachesAll: boolean
}

/** Every channel in use, the oldest first. */
export async function listTellingChannels(db: DbOrTx): Promise<TellingChannel[]> {
  const rows = await db
    .select({
      id: channels.id,
      name: channels.name,
      kind: channels.kind,
      status: channels.status,
      settings: channels.settings,
    })
    .from(channels)
    .where(isNull(channels.removedAt))
    .orderBy(asc(channels.createdAt), asc(channels.id))
  return rows.map(({ settings, ...channel }) => {
    const { to } = settings as { to?: string[] }
    return { ...channel, reachesAll: channel.kind !== 'email' || to === undefined || to.length > 0 }
  })
}
