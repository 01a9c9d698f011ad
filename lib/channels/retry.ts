/** So many tries; then the fallback takes the message. */
export const mostAttempts = 5

/** The pauses double or triple: 5 s, 15 s, 45 s, 2 min. All five tries are over in about three minutes. */
const firstPauseMs = 5_000
const growth = 3
const longestPauseMs = 120_000

/** A receiver that asks for more than this is not waited for: somebody may have to get up. */
const longestAskedMs = 10 * 60_000

export type Verdict = { again: true; inMs: number } | { again: false; because: string }

/**
 * Whether and when to try again after a failed attempt. `random` is between 0 and 1: senders that failed together do not
 * come back together. A pure rule.
 */
export function judgeAttempt(
  failed: { attempt: number; canHeal: boolean; retryAfterMs: number | null },
  random: number,
): Verdict {
  if (!failed.canHeal) return { again: false, because: 'Trying again cannot help.' }
  if (failed.attempt >= mostAttempts) return { again: false, because: `It failed ${failed.attempt} times.` }
  if (failed.retryAfterMs !== null && failed.retryAfterMs > longestAskedMs) {
    return { again: false, because: 'The receiver asks for a longer pause than a message can wait.' }
  }
  const pauseMs = Math.min(firstPauseMs * growth ** (failed.attempt - 1), longestPauseMs)
  // Up to a fifth longer, never shorter than the receiver asked for.
  return { again: true, inMs: Math.round(Math.max(pauseMs, failed.retryAfterMs ?? 0) * (1 + random / 5)) }
}
