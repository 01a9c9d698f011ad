'use client'

import { useEffect, useState } from 'react'
import { tell } from '#components/ui/tell.ts'

export interface OnDemand<T> {
  /** What was loaded, where it was. */
  get(): T | null
  /** Fetches it ahead: somebody reaches for it. */
  preload(): void
  /** Loads it once it is wanted; null until it is there. When it cannot be had it says so, and `onFailure` is called. */
  useWhen(wanted: boolean, onFailure: () => void): T | null
}

/** Code that no page needs before somebody opens what it draws. */
export function onDemand<T>(load: () => Promise<T>): OnDemand<T> {
  let loaded: T | null = null
  const fetchOnce = () =>
    load().then((module) => {
      loaded = module
    })
  return {
    get: () => loaded,
    preload: () => void fetchOnce().catch(() => {}),
    useWhen(wanted, onFailure) {
      const [, draw] = useState(0)
      // biome-ignore lint/correctness/useExhaustiveDependencies: a new function for a failure is no reason to load again
      useEffect(() => {
        if (!wanted || loaded) return
        fetchOnce().then(
          () => draw((count) => count + 1),
          () => {
            tell('error', 'This part of the page could not be loaded.', 'Check the connection and try again.')
            onFailure()
          },
        )
      }, [wanted])
      return loaded
    },
  }
}
