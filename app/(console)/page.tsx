import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { OverviewScreen } from '#app/(console)/_overview/overview-screen.tsx'
import { fleetRead, overviewRead } from '#app/(console)/queries.ts'
import { NoTarget } from '#components/shell/no-target.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const [loaded, fleet] = await Promise.all([
    load(overviewRead, { targetId: target.id }),
    load(fleetRead, null),
  ])
  return <OverviewScreen loaded={loaded} fleet={fleet} />
}
