/** A page of the console about this target. */
export const withTarget = (path: string, targetName: string | null): string =>
  targetName === null ? path : `${path}?target=${encodeURIComponent(targetName)}`
