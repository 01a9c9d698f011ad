import type { Metadata } from 'next'
import { z } from 'zod'
import type { SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { incidentReportRead } from './queries.ts'
import { ReportScreen } from './report-screen.tsx'

export const metadata: Metadata = { title: 'Incident reports' }

export default async function IncidentReportsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const asked = await searchParams
  const months = z.coerce.number().int().min(1).max(60).safeParse(asked.months).data ?? 12
  const target = z.string().min(1).max(100).safeParse(asked.of).data
  return <ReportScreen loaded={await load(incidentReportRead, { months, target })} />
}
