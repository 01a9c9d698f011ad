'use client'

import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { findShown, keepPushed, liveUrl, readAgainAbout } from '#app/_web/shown-reads.ts'

/** `starting` until the first word of the server, then `up` or `down`. */
export type Live = 'starting' | 'up' | 'down'

const LiveContext = createContext<{ live: Live }>({ live: 'starting' })

/** Whether changes reach this page by themselves right now. */
export const useLiveState = (): { live: Live } => useContext(LiveContext)

/** Changes within this time are one reading again. */
const coalesceMs = 400
/** What is shown changes in several steps while a page is made. */
const settleMs = 60
/** The server speaks every 15 s; after three missed words the connection is dead, whatever the browser believes. */
const silenceMs = 45_000
const retryMs = [1_000, 2_000, 5_000, 10_000]

/**
 * One event stream per page: it says what the page shows and is sent that whenever it changes; opened anew when the page
 * shows something else. `since` is when the server made the page: the stream begins with what changed meanwhile.
 */
export function LiveProvider({ since, children }: { since: number; children: ReactNode }) {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>('starting')
  // Of the first page: a layout that is made again has not lost anything meanwhile.
  const [begunAt] = useState(since)

  useEffect(() => {
    let source: EventSource | null = null
    let shown = findShown(client)
    let failures = 0
    let timer: ReturnType<typeof setTimeout> | undefined
    let silence: ReturnType<typeof setTimeout> | undefined
    let flushing: ReturnType<typeof setTimeout> | undefined
    let settling: ReturnType<typeof setTimeout> | undefined
    let ended = false
    /** By the server's clock: until when everything that was announced was heard. */
    let heardAt = begunAt
    const changed = new Set<string>()

    const flush = () => {
      flushing = undefined
      readAgainAbout(client, shown, changed.has('*') ? null : new Set(changed))
      changed.clear()
    }
    const note = (topics: readonly string[]) => {
      for (const topic of topics) changed.add(topic)
      flushing ??= setTimeout(flush, coalesceMs)
    }
    const heard = (event?: MessageEvent<string>) => {
      clearTimeout(silence)
      silence = setTimeout(reconnect, silenceMs)
      if (event?.lastEventId) heardAt = Math.max(heardAt, Number(event.lastEventId))
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
      source?.close()
      clearTimeout(timer)
      shown = findShown(client)
      const opened = new EventSource(liveUrl(shown, heardAt))
      source = opened
      const on = (name: string, act: (data: string) => void) =>
        opened.addEventListener(name, (event) => {
          heard(event as MessageEvent<string>)
          act((event as MessageEvent<string>).data)
        })
      on('state', (state) => {
        setLive(state === 'up' ? 'up' : 'down')
        if (state !== 'up') return
        // What was announced while nobody listened is unknown to what the page reads by itself.
        if (failures > 0) note(['*'])
        failures = 0
      })
      on('data', (text) => keepPushed(client, shown, text))
      on('again', (key) => {
        const queryKey = shown.reads.get(key)?.queryKey
        if (queryKey) void client.invalidateQueries({ queryKey, exact: true })
      })
      on('changed', (topics) => note(topics.split(',')))
      on('beat', () => {})
      on('ended', () => {
        ended = true
        opened.close()
        const next = encodeURIComponent(location.pathname + location.search)
        window.location.assign(`/sign-in?ended=1&next=${next}`)
      })
      opened.onerror = reconnect
      heard()
    }
    const settle = () => {
      settling = undefined
      // While it is down the next try says what is shown then.
      if (!ended && source && findShown(client).signature !== shown.signature) connect()
    }
    const unsubscribe = client.getQueryCache().subscribe(() => {
      settling ??= setTimeout(settle, settleMs)
    })
    connect()
    return () => {
      ended = true
      unsubscribe()
      source?.close()
      for (const each of [timer, silence, flushing, settling]) clearTimeout(each)
    }
  }, [client, begunAt])

  const value = useMemo(() => ({ live }), [live])
  return <LiveContext.Provider value={value}>{children}</LiveContext.Provider>
}
