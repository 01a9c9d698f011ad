import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { storageRead } from './queries.ts'
import { StorageScreen } from './storage-screen.tsx'

export const metadata: Metadata = { title: 'Storage and retention' }

export default async function StoragePage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <StorageScreen loaded={await load(storageRead, { targetId: target.id })} />
}
