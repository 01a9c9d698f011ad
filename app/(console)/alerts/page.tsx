import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { AlertsScreen } from './alerts-screen.tsx'
import { alertsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Alerts' }

export default async function AlertsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const everywhere = (await searchParams).all === '1'
  return <AlertsScreen loaded={await load(alertsRead, { targetId: target.id, everywhere })} />
}
