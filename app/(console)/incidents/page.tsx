import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { IncidentsScreen } from './incidents-screen.tsx'
import { incidentsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Incidents' }

export default async function IncidentsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const isNew = (await searchParams).new === '1'
  return <IncidentsScreen loaded={await load(incidentsRead, { targetId: target.id })} startOpen={isNew} />
}
