import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { DrillsScreen } from './drills-screen.tsx'
import { drillsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Drills' }

export default async function DrillsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <DrillsScreen loaded={await load(drillsRead, { targetId: target.id })} />
}
