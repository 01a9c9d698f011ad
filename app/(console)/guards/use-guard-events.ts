'use client'

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReadData } from '#app/_web/read.ts'
import { readAgain } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import type { EventLane } from '#lib/guards/event-queries.ts'
import type { guardEventsRead, guardHistoryRead } from './queries.ts'

export type EventPage = Wire<ReadData<typeof guardEventsRead>>
export type EventHistory = Wire<ReadData<typeof guardHistoryRead>>

export interface EventFilterState {
  table?: string
  role?: string
  kind?: string
}

const meta = { topics: ['guards'] }

/** The events of a lane by page under a filter, kept current; the chart and the choices beside them. */
export function useGuardEvents(targetId: string, lane: EventLane, first: EventPage) {
  const [filter, setFilter] = useState<EventFilterState>({})
  const [days, setDays] = useState(7)
  const isFiltered = Object.keys(filter).length > 0
  const asked = { targetId, lane, ...filter }
  const pages = useInfiniteQuery({
    queryKey: ['guard-events', JSON.stringify(asked)],
    queryFn: ({ pageParam, signal }) =>
      readAgain<ReadData<typeof guardEventsRead>>('guard-events', { ...asked, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.data.next,
    ...(isFiltered ? {} : { initialData: { pages: [{ data: first, at: 0 }], pageParams: [null] } }),
    placeholderData: keepPreviousData,
    meta,
  })
  const history = useQuery({
    queryKey: ['guard-history', JSON.stringify({ ...asked, days })],
    queryFn: ({ signal }) =>
      readAgain<ReadData<typeof guardHistoryRead>>('guard-history', { ...asked, days }, signal),
    placeholderData: keepPreviousData,
    meta: { ...meta, read: { name: 'guard-history', input: { ...asked, days } } },
  })
  return {
    events: pages.data?.pages.flatMap((page) => page.data.events) ?? [],
    older: pages.hasNextPage ? () => void pages.fetchNextPage() : null,
    isReadingOlder: pages.isFetchingNextPage,
    isReading: pages.isPlaceholderData,
    failure: pages.error?.message ?? history.error?.message ?? null,
    history: history.data?.data ?? null,
    filter,
    isFiltered,
    setFilter,
    days,
    setDays,
  }
}

export type GuardEvents = ReturnType<typeof useGuardEvents>
