import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { OperationsScreen } from './operations-screen.tsx'
import { operationsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Operations' }

export default async function OperationsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return (
    <OperationsScreen targetName={target.name} loaded={await load(operationsRead, { targetId: target.id })} />
  )
}
