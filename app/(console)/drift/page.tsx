import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { DriftScreen } from './drift-screen.tsx'
import { driftRead } from './queries.ts'

export const metadata: Metadata = { title: 'Drift' }

export default async function DriftPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <DriftScreen loaded={await load(driftRead, { targetId: target.id })} />
}
