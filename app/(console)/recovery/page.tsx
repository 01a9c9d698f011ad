import type { Metadata } from 'next'
import { z } from 'zod'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { recoveryRead } from './queries.ts'
import { RecoveryScreen } from './recovery-screen.tsx'

export const metadata: Metadata = { title: 'Recovery' }

export default async function RecoveryPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  if (!target) return <NoTarget />
  const { incident } = await searchParams
  const incidentId = z.uuid().safeParse(incident).data ?? null
  return <RecoveryScreen loaded={await load(recoveryRead, { targetId: target.id, incidentId })} />
}
