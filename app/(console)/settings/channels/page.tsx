import type { Metadata } from 'next'
import type { SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { ChannelsScreen } from '#app/(console)/settings/channels/channels-screen.tsx'
import { readDeliveryQuery } from '#app/(console)/settings/channels/delivery-filter.ts'
import { channelsRead } from '#app/(console)/settings/channels/queries.ts'

export const metadata: Metadata = { title: 'Channels' }

export default async function ChannelsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const query = readDeliveryQuery(await searchParams)
  return <ChannelsScreen query={query} loaded={await load(channelsRead, query)} />
}
