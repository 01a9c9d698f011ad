import type { Metadata } from 'next'
import { z } from 'zod'
import type { SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { draftSteps } from '#lib/restores/drafts/draft-choices.ts'
import { FlowScreen } from '../flow-screen.tsx'
import { draftRead } from '../queries.ts'

export const metadata: Metadata = { title: 'Restore' }

export default async function RestoreDraftPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>
  searchParams: SearchParams
}) {
  await requireUser()
  const [{ id }, { step }] = await Promise.all([params, searchParams])
  const loaded = await load(draftRead, { draftId: id, targetId: null, incidentId: null })
  const at = z.enum(draftSteps).safeParse(step).data ?? loaded.data.draft?.step ?? 'why'
  return <FlowScreen loaded={loaded} step={at} begun={{}} />
}
