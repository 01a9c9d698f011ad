import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { HealthScreen } from './health-screen.tsx'
import { healthRead, historyHours } from './queries.ts'

export const metadata: Metadata = { title: 'Health' }

/** A moment that every part can say: a year of four digits. */
const isUsual = (at: Date): boolean => at.getUTCFullYear() >= 1 && at.getUTCFullYear() <= 9999

export default async function HealthPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const asked = await searchParams
  const hours = historyHours.find((each) => each === Number(asked.hours))
  // A cursor that is none is left out: the page begins at the newest finding.
  const before = typeof asked.before === 'string' ? new Date(asked.before) : null
  const input = {
    targetId: target.id,
    ...(typeof asked.check === 'string' ? { check: asked.check.slice(0, 400) } : {}),
    ...(hours ? { hours } : {}),
    ...(before && isUsual(before) ? { before: before.toISOString() } : {}),
  }
  return <HealthScreen loaded={await load(healthRead, input)} />
}
