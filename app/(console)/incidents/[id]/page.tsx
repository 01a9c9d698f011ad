import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { getDb } from '#app/_web/db.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { AppError } from '#lib/errors.ts'
import { getIncidentByReference } from '#lib/incidents/queries.ts'
import { incidentRead } from '../queries.ts'
import { IncidentScreen } from './incident-screen.tsx'

export const metadata: Metadata = { title: 'Incident' }

export default async function IncidentPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  // People write the number, records the id; both lead here.
  const incident = await getIncidentByReference(getDb(), id).catch((error) => {
    if (error instanceof AppError && error.kind === 'not-found') notFound()
    throw error
  })
  return <IncidentScreen loaded={await load(incidentRead, { incidentId: incident.id })} />
}
