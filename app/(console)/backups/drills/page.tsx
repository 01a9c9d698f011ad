import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { backupsNowRead } from '#app/(console)/backups/queries.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { DrillsScreen } from './drills-screen.tsx'
import { drillsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Drills' }

export default async function DrillsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const [loaded, now] = await Promise.all([
    load(drillsRead, { targetId: target.id }),
    load(backupsNowRead, { targetId: target.id, drills: true }),
  ])
  return <DrillsScreen loaded={loaded} now={now} />
}
