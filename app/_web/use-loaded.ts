'use client'

import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLiveState } from '#app/_web/live.tsx'
import type { Loaded } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import type { Refusal } from '#lib/errors.ts'

export interface Kept<T> {
  data: Wire<T>
  /** The server's clock at the read; two of these are comparable, a browser's clock is not. */
  at: number
}

/** Asks for a read by its name, as the signed-in person. */
export async function readAgain<T>(name: string, input: unknown, signal: AbortSignal): Promise<Kept<T>> {
  const response = await fetch(`/api/read/${name}?input=${encodeURIComponent(JSON.stringify(input))}`, {
    signal,
  })
  if (response.status === 401) {
    window.location.assign(`/sign-in?ended=1&next=${encodeURIComponent(location.pathname + location.search)}`)
    throw new Error('Your session has ended.')
  }
  const body = (await response.json().catch(() => null)) as (Kept<T> & { refusal?: Refusal }) | null
  if (!response.ok || !body) throw new Error(body?.refusal?.reason ?? 'The server did not answer.')
  return body
}

/**
 * What the page loaded, kept current: sent by the live connection whenever it changed (live.tsx),
 * and read again every 15 seconds while that is down.
 */
export function useLoaded<T>(loaded: Loaded<T>): { data: Wire<T>; stale: boolean; error: Error | null } {
  const client = useQueryClient()
  const { live } = useLiveState()
  const { name, input, topics, data, at } = loaded
  const queryKey = [name, JSON.stringify(input)]
  const query = useQuery<Kept<T>>({
    queryKey,
    queryFn: ({ signal }) => readAgain<T>(name, input, signal),
    initialData: { data, at },
    meta: { topics, read: { name, input } },
    refetchInterval: live === 'down' ? 15_000 : false,
  })

  // A navigation back to the page brings newer data than the cache holds.
  const keyText = queryKey.join('|')
  // biome-ignore lint/correctness/useExhaustiveDependencies: keyText stands for queryKey, which is new at every render
  useEffect(() => {
    client.setQueryData<Kept<T>>(queryKey, (kept) => (kept && kept.at >= at ? kept : { data, at }))
  }, [client, keyText, at])

  const newest = query.data.at >= at ? query.data : { data, at }
  return { data: newest.data, stale: query.isError || live === 'down', error: query.error }
}
