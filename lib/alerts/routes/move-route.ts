import { eq } from 'drizzle-orm'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import { moveRouteInput } from '#lib/alerts/input.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'
import { lockRoutes } from './lock-routes.ts'
import { listRoutes } from './queries.ts'

/** Puts a route at another place of the list, counted from 1: the first that matches counts. Safe to repeat. */
export const moveRoute = defineVerb({
  action: 'alerts.move-route',
  input: moveRouteInput,
  async act({ tx }, { routeId, place }) {
    await lockRoutes(tx)
    const all = await listRoutes(tx)
    const moved = all.find(({ id }) => id === routeId)
    if (!moved) {
      return refuse('route-not-found', 'There is no such route.', 'List them with: holdfast routes list')
    }
    const others = all.filter(({ id }) => id !== routeId)
    const order = [...others.slice(0, place - 1), moved, ...others.slice(place - 1)]
    for (const [index, { id }] of order.entries()) {
      await tx
        .update(alertRoutes)
        .set({ position: index + 1 })
        .where(eq(alertRoutes.id, id))
    }
    return {
      value: { routes: order.map(({ id, name }, index) => ({ routeId: id, name, position: index + 1 })) },
      audit: { subject: `route:${routeId}`, target: null, detail: { name: moved.name, place } },
      changed: ['alerts', 'on-call'],
    }
  },
})
