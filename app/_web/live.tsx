'use client'

import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'

/** `starting` until the first word of the server, then `up` or `down`. */
export type Live = 'starting' | 'up' | 'down'

const LiveContext = createContext<{ live: Live }>({ live: 'starting' })

/** Whether changes reach this page by themselves right now. */
export const useLiveState = (): { live: Live } => useContext(LiveContext)

/** Changes within this time are one reading again. */
const coalesceMs = 400
/** The server speaks every 15 s; after three missed words the connection is dead, whatever the browser believes. */
const silenceMs = 45_000
const retryMs = [1_000, 2_000, 5_000, 10_000]

/**
 * One event stream per page: names of topics that changed, which make the queries about them read again. `since` is when
 * the server made the page: the stream begins with what changed meanwhile.
 */
export function LiveProvider({ since, children }: { since: number; children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>('starting')
  // Of the first page: a layout that is made again has not lost anything meanwhile.
  const [begunAt] = useState(since)

  useEffect(() => {
    let source: EventSource | null = null
    let failures = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let flushing: ReturnType<typeof setTimeout> | undefined
    let ended = false
    const changed = new Set<string>()

    const flush = () => {
      flushing = undefined
      const all = changed.has('*')
      const names = new Set(changed)
      changed.clear()
      void client.invalidateQueries({
        predicate: ({ meta }) =>
          all || ((meta?.topics as readonly string[] | undefined) ?? []).some((topic) => names.has(topic)),
      })
    }
    const note = (topics: readonly string[]) => {
      for (const topic of topics) changed.add(topic)
      flushing ??= setTimeout(flush, coalesceMs)
    }
    const heard = () => {
      clearTimeout(silence)
      silence = setTimeout(reconnect, silenceMs)
    }
    const reconnect = () => {
      source?.close()
      source = null
      clearTimeout(silence)
      if (ended) return
      setLive((was) => (was === 'starting' && failures < 1 ? was : 'down'))
      clearTimeout(timer)
      timer = setTimeout(connect, retryMs[Math.min(failures++, retryMs.length - 1)])
    }
    const connect = () => {
      let first = failures === 0
      // Later everything is read again anyway.
      const opened = new EventSource(first ? `/api/live?since=${begunAt}` : '/api/live')
      source = opened
      opened.addEventListener('state', (event) => {
        heard()
        const up = (event as MessageEvent<string>).data === 'up'
        setLive(up ? 'up' : 'down')
        // What was announced while nobody listened is unknown, so everything is read again.
        if (up && !first) note(['*'])
        first = false
        if (up) failures = 0
      })
      opened.addEventListener('changed', (event) => {
        heard()
        note((event as MessageEvent<string>).data.split(','))
      })
      opened.addEventListener('beat', heard)
      opened.onerror = reconnect
      heard()
    }
    connect()
    return () => {
      ended = true
      source?.close()
      for (const each of [timer, silence, flushing]) clearTimeout(each)
    }
  }, [client, begunAt])

  const value = useMemo(() => ({ live }), [live])
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>
}
