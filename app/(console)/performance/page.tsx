import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { PerformanceScreen } from './performance-screen.tsx'
import { performanceRead } from './queries.ts'

export const metadata: Metadata = { title: 'Performance' }

export default async function PerformancePage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const days = Number((await searchParams).days)
  const input = { targetId: target.id, ...([1, 7, 30].includes(days) ? { days } : {}) }
  return <PerformanceScreen loaded={await load(performanceRead, input)} />
}
