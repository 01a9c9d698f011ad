let want: (() => void) | null = null
const surface = Promise.withResolvers<void>()

/** The page's toaster says how it is brought onto the page; it comes with the first word. */
export const onFirstWord = (bring: () => void): void => {
  want = bring
}

/** The surface hears from now on. */
export const surfaceIsReady = (): void => surface.resolve()

/** Says what was done or refused in the corner of the page. The surface is loaded with the first word. */
export function tell(kind: 'success' | 'error', text: string, description?: string | null): void {
  want?.()
  void Promise.all([import('sonner'), surface.promise]).then(([{ toast }]) =>
    toast[kind](text, description ? { description } : undefined),
  )
}
