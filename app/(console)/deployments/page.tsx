import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { DeploymentsScreen } from './deployments-screen.tsx'
import { deploymentsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Deployments' }

export default async function DeploymentsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <DeploymentsScreen loaded={await load(deploymentsRead, { targetId: target.id })} />
}
