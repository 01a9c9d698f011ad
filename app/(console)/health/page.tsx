import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { HealthScreen } from './health-screen.tsx'
import { healthRead, historyHours } from './queries.ts'

export const metadata: Metadata = { title: 'Health' }

export default async function HealthPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const asked = await searchParams
  const hours = historyHours.find((each) => each === Number(asked.hours))
  const input = {
    targetId: target.id,
    ...(typeof asked.check === 'string' ? { check: asked.check } : {}),
    ...(hours ? { hours } : {}),
  }
  return <HealthScreen loaded={await load(healthRead, input)} />
}
