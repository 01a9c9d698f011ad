'use client'

import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import { formatClock, formatDuration } from '#lib/format/format-duration.ts'
import { formatLocal, formatRelative, formatUtc, localZone } from '#lib/format/format-time.ts'

interface ServerClock {
  /** The server's clock when it made the page; 0 outside a page that knows. */
  at: number
  /** The viewer's zone, as their browser told it on an earlier page. */
  timeZone: string | null
}

const ServerClockContext = createContext<ServerClock>({ at: 0, timeZone: null })

const yearSeconds = 31_536_000

/**
 * Lets the server write times as the browser will: then nothing on the page moves when it wakes up, and no press that
 * began before goes astray. Tells the server the viewer's zone for the next page.
 */
export function ClockProvider({
  at,
  timeZone,
  cookieName,
  children,
}: ServerClock & { cookieName: string; children: ReactNode }) {
  useEffect(() => {
    if (localZone() === timeZone) return
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser
    document.cookie = `${cookieName}=${encodeURIComponent(localZone())}; path=/; max-age=${yearSeconds}; samesite=lax`
  }, [timeZone, cookieName])
  return <ServerClockContext value={{ at, timeZone }}>{children}</ServerClockContext>
}

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

/** This second in the browser; on the server and in the first paint the server's, so that both agree. */
export function useNow(everyMs = 1_000): number {
  const server = useContext(ServerClockContext)
  return useSyncExternalStore(
    subscribe,
    () => {
      if (now === 0) now = Date.now()
      return Math.floor(now / everyMs) * everyMs
    },
    () => Math.floor(server.at / everyMs) * everyMs,
  )
}

const never = () => () => {}

/** The viewer's zone; null on the server and in the first paint of somebody's first page. */
function useZone(): string | null {
  const server = useContext(ServerClockContext)
  return useSyncExternalStore(never, localZone, () => server.timeZone)
}

/**
 * An instant: relative by default, exact with `exact`. Both are in the title, in the viewer's zone and in UTC.
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
  const zone = useZone()
  if (at === null || at === undefined) return <span className={className}>—</span>
  const iso = new Date(at).toISOString()
  const timeZone = zone ?? 'UTC'
  const local = formatLocal(at, { timeZone })
  return (
    <time
      dateTime={iso}
      className={className}
      title={`${formatLocal(at, { timeZone, seconds: true })} (${zone ?? 'UTC'}) · ${formatUtc(at)}`}
    >
      {exact || current === 0 ? local : formatRelative(at, current)}
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
  if (since && (ms === null || ms === undefined)) {
    const lastedMs = Math.max(0, Math.floor((current - Date.parse(since)) / 1000) * 1000)
    return <span>{current > 0 ? formatDuration(lastedMs) : '…'}</span>
  }
  return <span>{formatDuration(ms)}</span>
}
