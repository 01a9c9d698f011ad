import type { Query, QueryClient } from '@tanstack/react-query'
import { longestRead, mostReads } from '#app/_web/live-limits.ts'

/** How a query says what it shows: a read that is pushed, or only the topics that make it read again by itself. */
export interface LiveMeta extends Record<string, unknown> {
  topics: readonly string[]
  read?: { name: string; input: unknown }
}

interface Kept {
  data: unknown
  at: number
}

export interface Shown {
  /** By the key that the stream's events carry. */
  reads: Map<string, Query>
  /** Of what the page reads again by itself. */
  topics: string[]
  /** What is shown, without what changes with each push. */
  signature: string
}

const metaOf = ({ meta }: Query): Partial<LiveMeta> => (meta ?? {}) as Partial<LiveMeta>
const keptOf = (query: Query): Kept | undefined => query.state.data as Kept | undefined

/** What the page shows now. */
export function findShown(client: QueryClient): Shown {
  const active = client
    .getQueryCache()
    .getAll()
    .filter((query) => query.isActive())
  const reads = new Map<string, Query>()
  const topics = new Set<string>()
  for (const query of active) {
    const { read, topics: own = [] } = metaOf(query)
    const key = read ? `${read.name}~${JSON.stringify(read.input)}` : null
    const isPushed = key !== null && key.length < longestRead - 20 && reads.size < mostReads
    if (!isPushed) for (const topic of own) topics.add(topic)
    // What is still being read for the first time joins with its data.
    else if (keptOf(query)) reads.set(key, query)
  }
  const told = [...topics].sort()
  return { reads, topics: told, signature: [...reads.keys()].sort().concat(told).join('\n') }
}

/** The stream that sends what is shown. */
export function liveUrl({ reads, topics }: Shown, since: number): string {
  const params = new URLSearchParams({ since: String(since) })
  if (topics.length > 0) params.set('topics', topics.join(','))
  for (const [key, query] of reads) params.append('read', `${Math.trunc(keptOf(query)?.at ?? 0)}~${key}`)
  return `/api/live?${params}`
}

/** Keeps what was pushed, unless something newer is there already. */
export function keepPushed(client: QueryClient, shown: Shown, text: string): void {
  const { key, data, at } = JSON.parse(text) as Kept & { key: string }
  const query = shown.reads.get(key)
  if (!query) return
  client.setQueryData<Kept>(query.queryKey, (kept) => (kept && kept.at >= at ? kept : { data, at }))
}

/** Reads again what the page reads by itself of these topics; null: all of it. */
export function readAgainAbout(client: QueryClient, shown: Shown, topics: ReadonlySet<string> | null): void {
  const pushed = new Set(shown.reads.values())
  void client.invalidateQueries({
    predicate: (query) =>
      !pushed.has(query) && (!topics || (metaOf(query).topics ?? []).some((topic) => topics.has(topic))),
  })
}
