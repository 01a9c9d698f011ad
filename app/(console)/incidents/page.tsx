import type { Metadata } from 'next'
import { z } from 'zod'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { NoTarget } from '#components/shell/no-target.tsx'
import { incidentKinds, severities } from '#lib/incidents/types.ts'
import { IncidentsScreen } from './incidents-screen.tsx'
import { incidentsRead } from './queries.ts'

export const metadata: Metadata = { title: 'Incidents' }

export default async function IncidentsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const asked = await searchParams
  const isAll = asked.scope === 'all'
  const target = isAll ? null : await currentTarget(searchParams)
  if (!target && !isAll) return <NoTarget />
  const loaded = await load(incidentsRead, {
    targetId: target?.id ?? null,
    kind: z.enum(incidentKinds).safeParse(asked.kind).data,
    severity: z.enum(severities).safeParse(asked.severity).data,
    openOnly: asked.open === '1',
  })
  return <IncidentsScreen loaded={loaded} startOpen={asked.new === '1'} />
}
