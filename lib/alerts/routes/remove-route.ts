import { and, eq, isNull, sql } from 'drizzle-orm'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import { removeRouteInput } from '#lib/alerts/input.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { lockRoutes } from './lock-routes.ts'

/** Takes a route away; alerts on their way along it follow the next that matches. Repeating it is refused. */
export const removeRoute = defineVerb({
  action: 'alerts.remove-route',
  input: removeRouteInput,
  async act({ tx }, { routeId }) {
    await lockRoutes(tx)
    const [removed] = await tx
      .update(alertRoutes)
      .set({ removedAt: sql`now()` })
      .where(and(eq(alertRoutes.id, routeId), isNull(alertRoutes.removedAt)))
      .returning()
    if (!removed) {
      return refuse('route-not-found', 'There is no such route.', 'List them with: holdfast routes list')
    }
    return {
      value: { routeId, name: removed.name },
      audit: { subject: `route:${routeId}`, target: null, detail: { name: removed.name } },
      changed: ['alerts', 'on-call'],
    }
  },
})
