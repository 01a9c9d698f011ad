import { type Severity, severities } from '#lib/alerts/types.ts'

export interface RouteMatch {
  /** Absent or empty: every target. */
  targetIds?: string[] | undefined
  environments?: string[] | undefined
  /** Beginnings of fingerprints. */
  fingerprints?: string[] | undefined
  minimumSeverity: Severity
}

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

/** What a route looks at. */
export interface Routed {
  targetId: string | null
  environment: string | null
  fingerprint: string
  severity: Severity
}

const allows = (list: readonly string[] | undefined, value: string | null): boolean =>
  !list || list.length === 0 || (value !== null && list.includes(value))

/** Whether all that a route asks for holds. An alert about Holdfast itself has no target: a route for certain ones is not for it. */
export const matchesRoute = ({ match }: Route, alert: Routed): boolean =>
  severities.indexOf(alert.severity) >= severities.indexOf(match.minimumSeverity) &&
  allows(match.targetIds, alert.targetId) &&
  allows(match.environments, alert.environment) &&
  (!match.fingerprints?.length ||
    match.fingerprints.some((beginning) => alert.fingerprint.startsWith(beginning)))

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
      routes.toSorted((a, b) => a.position - b.position).find((route) => matchesRoute(route, alert)) ?? null
    )
  }
  const told = channels.filter(({ kind }) => kind !== 'heartbeat').map(({ id }) => id)
  return told.length > 0 ? builtInRoute(told) : null
}
