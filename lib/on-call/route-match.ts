import { type Severity, severities } from '#lib/severity.ts'

/** What a route asks for: all that is given must hold. */
export interface RouteMatch {
  /** Absent or empty: every target. */
  targetIds?: string[] | undefined
  environments?: string[] | undefined
  /** Beginnings of fingerprints. */
  fingerprints?: string[] | undefined
  minimumSeverity: Severity
}

/** What a route looks at. */
export interface Routed {
  /** Null for Holdfast itself: a route for certain targets is not for it. */
  targetId: string | null
  environment: string | null
  /** Null where no alert stands behind it: a route for certain fingerprints is not for it. */
  fingerprint: string | null
  severity: Severity
}

const allows = (list: readonly string[] | undefined, value: string | null): boolean =>
  !list || list.length === 0 || (value !== null && list.includes(value))

/** Whether all that a route asks for holds. A pure rule. */
export const matchesRoute = (
  match: RouteMatch,
  { targetId, environment, fingerprint, severity }: Routed,
): boolean =>
  severities.indexOf(severity) >= severities.indexOf(match.minimumSeverity) &&
  allows(match.targetIds, targetId) &&
  allows(match.environments, environment) &&
  (!match.fingerprints?.length ||
    match.fingerprints.some((beginning) => fingerprint?.startsWith(beginning) === true))
