import { matchesRoute, type Routed, type RouteMatch } from '#lib/on-call/route-match.ts'

export interface RouteStep {
  /** After the step before; the first one: after the alert fired. */
  afterMinutes: number
  channelIds: string[]
  rotationIds: string[]
}

/** Whom an alert is told to, and whom next while nobody acknowledges it. */
export interface Route {
  id: string
  name: string
  position: number
  match: RouteMatch
  steps: RouteStep[]
  repeatMinutes: number | null
  tellsResolved: boolean
}

/** What alerts that followed the built-in route have for a route. */
export const builtInRouteId = '00000000-0000-0000-0000-000000000000'

/** While no route was made, everything is told once to every channel: who adds a channel wants to hear. */
export const builtInRoute = (channelIds: string[]): Route => ({
  id: builtInRouteId,
  name: 'every channel, until there is a route',
  position: 0,
  match: { minimumSeverity: 'INFO' },
  steps: [{ afterMinutes: 0, channelIds, rotationIds: [] }],
  repeatMinutes: null,
  tellsResolved: true,
})

/**
 * The first route that matches, in their order; null when none does, and then nobody is told. Without any route the
 * built-in one counts, if there is a channel. A pure rule.
 */
export function findRoute(
  routes: readonly Route[],
  channels: readonly { id: string; kind: string }[],
  alert: Routed,
): Route | null {
  if (routes.length > 0) {
    return (
      routes.toSorted((a, b) => a.position - b.position).find((route) => matchesRoute(route.match, alert)) ??
      null
    )
  }
  const told = channels.filter(({ kind }) => kind !== 'heartbeat').map(({ id }) => id)
  return told.length > 0 ? builtInRoute(told) : null
}
