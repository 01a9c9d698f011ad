import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import type { SearchParams } from '#app/_web/current-target.ts'
import { getDb } from '#app/_web/db.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { AppError } from '#lib/errors.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'
import { timelineKinds } from '#lib/incidents/types.ts'
import { incidentRead } from '../queries.ts'
import { IncidentScreen } from './incident-screen.tsx'
import { firstShown } from './timeline-href.ts'

export const metadata: Metadata = { title: 'Incident' }

const text = (value: string | string[] | undefined): string => (typeof value === 'string' ? value : '')

export default async function IncidentPage({
  params,
  searchParams,
}: {
  params: Promise<{ id: string }>
  searchParams: SearchParams
}) {
  await requireUser()
  const { id } = await params
  const asked = await searchParams
  const kinds = timelineKinds.filter((kind) => text(asked.kinds).split(',').includes(kind))
  const shown = Math.min(5_000, Math.max(firstShown, Number.parseInt(text(asked.shown), 10) || firstShown))
  // People write the number, records the id; both lead here.
  const incident = await getIncidentByReference(getDb(), id).catch((error) => {
    if (error instanceof AppError && error.kind === 'not-found') notFound()
    throw error
  })
  return (
    <IncidentScreen
      loaded={
        await load(incidentRead, {
          incidentId: incident.id,
          kinds,
          shown,
          search: text(asked.search).slice(0, 200),
        })
      }
    />
  )
}
