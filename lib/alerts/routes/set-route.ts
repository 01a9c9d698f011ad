import { and, eq, isNull } from 'drizzle-orm'
import type { z } from 'zod'
import { alertRoutes } from '#drizzle/schema/on-call.ts'
import { setRouteInput } from '#lib/alerts/input.ts'
import type { Tx } from '#lib/db/client.ts'
import { type Refusal, refuse } from '#lib/errors.ts'
import { listRotations } from '#lib/on-call/queries.ts'
import { listTargets } from '#lib/targets/queries.ts'
import { defineVerb } from '#lib/verb.ts'
import { lockRoutes } from './lock-routes.ts'
import { listRoutes, listTellingChannels } from './queries.ts'

/**
 * Makes a route, or changes the one with this id, which alerts on their way along it follow from then on. Setting the same
 * again changes nothing. A new route comes after those there are.
 */
export const setRoute = defineVerb({
  action: 'alerts.set-route',
  input: setRouteInput,
  async act({ tx, actorText }, { routeId, ...route }) {
    await lockRoutes(tx)
    const all = await listRoutes(tx)
    if (routeId && !all.some(({ id }) => id === routeId)) {
      return refuse(
        'route-not-found',
        'There is no such route any more.',
        'List them with: holdfast routes list',
      )
    }
    if (all.some(({ id, name }) => id !== routeId && name === route.name)) {
      return refuse('route-exists', `There is a route “${route.name}” already.`, 'Choose another name.')
    }
    const refused = await refuseReach(tx, route)
    if (refused) return refused
    const last = Math.max(0, ...all.map(({ position }) => position))
    const [set] = routeId
      ? await tx
          .update(alertRoutes)
          .set(route)
          .where(and(eq(alertRoutes.id, routeId), isNull(alertRoutes.removedAt)))
          .returning()
      : await tx
          .insert(alertRoutes)
          .values({ ...route, position: last + 1, createdBy: actorText })
          .returning()
    return {
      value: { routeId: set!.id, name: set!.name, position: set!.position },
      audit: { subject: `route:${set!.id}`, target: null, detail: { ...route, isNew: !routeId } },
      changed: ['alerts', 'on-call'],
    }
  },
})

/** Every step reaches somebody who is there. */
async function refuseReach(
  tx: Tx,
  { match, steps }: Omit<z.output<typeof setRouteInput>, 'routeId'>,
): Promise<{ refusal: Refusal } | null> {
  const channels = await listTellingChannels(tx)
  const rotations = await listRotations(tx)
  for (const [index, { channelIds, rotationIds }] of steps.entries()) {
    if (channelIds.length === 0 && rotationIds.length === 0) {
      return refuse('step-empty', `Step ${index + 1} tells nobody.`, 'Give it a channel or a rotation.')
    }
    const known = channelIds.map((id) => channels.find((channel) => channel.id === id))
    if (known.includes(undefined)) {
      return refuse('channel-not-found', `Step ${index + 1} names a channel that is not there.`)
    }
    if (known.some((channel) => channel!.kind === 'heartbeat')) {
      return refuse(
        'channel-heartbeat',
        'A heartbeat channel tells that Holdfast lives, and takes no alerts.',
      )
    }
    if (rotationIds.some((id) => !rotations.some((rotation) => rotation.id === id))) {
      return refuse('rotation-not-found', `Step ${index + 1} names a rotation that is not there.`)
    }
  }
  const targets = await listTargets(tx)
  if (match.targetIds?.some((id) => !targets.some((target) => target.id === id))) {
    return refuse('target-not-found', 'It names a database that is not there.')
  }
  return null
}
