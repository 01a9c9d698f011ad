'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { formatClock, formatDuration } from '#lib/format/format-duration.ts'
import { formatLocal, formatRelative, formatUtc } from '#lib/format/format-time.ts'

let now = 0
const listeners = new Set<() => void>()
let ticking: ReturnType<typeof setInterval> | undefined

/** One clock for all times on the page; it stands still when nobody looks. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  if (!ticking) {
    now = Date.now()
    ticking = setInterval(() => {
      now = Date.now()
      for (const each of listeners) each()
    }, 1_000)
  }
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) {
      clearInterval(ticking)
      ticking = undefined
    }
  }
}

/** This second in the browser; 0 on the server and in the first paint, so that both agree. */
export const useNow = (everyMs = 1_000): number =>
  useSyncExternalStore(
    subscribe,
    () => {
      if (now === 0) now = Date.now()
      return Math.floor(now / everyMs) * everyMs
    },
    () => 0,
  )

/**
 * An instant: relative by default, exact with `exact`. Both are in the title, in the viewer's zone and in UTC.
 * The server does not know the viewer's zone, so it writes UTC and the browser corrects it.
 */
export function Time({
  at,
  exact = false,
  className,
}: {
  at: string | Date | number | null | undefined
  exact?: boolean
  className?: string
}) {
  const current = useNow(15_000)
  if (at === null || at === undefined) return <span className={className}>—</span>
  const iso = new Date(at).toISOString()
  const known = current > 0
  const local = known ? formatLocal(at) : formatUtc(at)
  return (
    <time
      dateTime={iso}
      className={className}
      title={known ? `${formatLocal(at, true)} (yours) · ${formatUtc(at)}` : formatUtc(at)}
    >
      {exact ? local : known ? formatRelative(at, current) : local}
    </time>
  )
}

/** A clock that runs since an instant, e.g. of an open incident. */
export function RunningClock({ since, className }: { since: string; className?: string }) {
  const current = useNow()
  return (
    <span className={className} role="timer">
      {current > 0 ? formatClock(current - Date.parse(since)) : '–:––'}
    </span>
  )
}

/** How long; while it still runs give `since` instead of `ms`. */
export function Duration({ ms, since }: { ms?: number | null; since?: string | null }) {
  const current = useNow()
  const [mounted, setMounted] = useState(false)
  useEffect(() => setMounted(true), [])
  if (since && (ms === null || ms === undefined)) {
    return (
      <span>{mounted ? formatDuration(Math.floor((current - Date.parse(since)) / 1000) * 1000) : '…'}</span>
    )
  }
  return <span>{formatDuration(ms)}</span>
}
