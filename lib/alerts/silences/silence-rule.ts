/** What decides which alerts are silent. */
export interface SilenceRule {
  id: string
  /** Null: every target. */
  targetId: string | null
  /** A fingerprint, or the beginning of one and `*`. */
  pattern: string
  reason: string
  startsAt: Date
  endsAt: Date
  endedAt: Date | null
}

/** Whether a silence's pattern means this fingerprint. */
export const matchesPattern = (pattern: string, fingerprint: string): boolean =>
  pattern.endsWith('*') ? fingerprint.startsWith(pattern.slice(0, -1)) : fingerprint === pattern

/** The silence that covers an alert at a moment, the one that ends last; null when none does. A pure rule. */
export function findSilence<S extends SilenceRule>(
  silences: readonly S[],
  alert: { targetId: string | null; fingerprint: string },
  at: Date,
): S | null {
  const covering = silences.filter(
    (silence) =>
      (silence.targetId === null || silence.targetId === alert.targetId) &&
      matchesPattern(silence.pattern, alert.fingerprint) &&
      silence.startsAt <= at &&
      at < silence.endsAt &&
      (silence.endedAt === null || at < silence.endedAt),
  )
  return covering.sort((a, b) => b.endsAt.getTime() - a.endsAt.getTime())[0] ?? null
}
