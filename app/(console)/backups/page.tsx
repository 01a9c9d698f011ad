import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { BackupsScreen } from './backups-screen.tsx'
import { backupsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Backups' }

export default async function BackupsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <BackupsScreen loaded={await load(backupsRead, { targetId: target.id })} />
}
