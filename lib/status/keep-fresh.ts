const mostPendingMs = 10_000

/**
 * Makes a reading that many may ask for at once and that is done once for all of them: who asks while it runs waits for it,
 * who asks within `freshMs` of its beginning gets the same. A failure is kept for nobody, and one that hangs is not waited
 * for by those who ask ten seconds later.
 */
export function keepFresh<T>(freshMs: number, read: () => Promise<T>): () => Promise<T> {
  let kept: { at: number; value: Promise<T>; isPending: boolean } | null = null
  return () => {
    const longest = kept?.isPending ? Math.max(freshMs, mostPendingMs) : freshMs
    if (kept && performance.now() - kept.at < longest) return kept.value
    const mine = { at: performance.now(), value: read(), isPending: true }
    kept = mine
    mine.value.then(
      () => {
        mine.isPending = false
      },
      () => {
        if (kept === mine) kept = null
      },
    )
    return mine.value
  }
}
