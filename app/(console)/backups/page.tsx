import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { BackupsScreen } from './backups-screen.tsx'
import { backupListRead, backupsNowRead, backupsRead, listFilter } from './queries.ts'

export const metadata: Metadata = { title: 'Backups' }

export default async function BackupsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const filter = listFilter.parse(await searchParams)
  const [loaded, list, now] = await Promise.all([
    load(backupsRead, { targetId: target.id }),
    load(backupListRead, { targetId: target.id, filter }),
    load(backupsNowRead, { targetId: target.id }),
  ])
  return <BackupsScreen loaded={loaded} list={list} now={now} />
}
