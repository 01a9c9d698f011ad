import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { GuardsScreen } from './guards-screen.tsx'
import { guardsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Guards' }

export default async function GuardsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  return <GuardsScreen loaded={await load(guardsRead, { targetId: target.id })} />
}
