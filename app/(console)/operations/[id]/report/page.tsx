import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { operationRead } from '#app/(console)/operations/queries.ts'
import { ReportScreen } from './report-screen.tsx'

export const metadata: Metadata = { title: 'Report of an operation' }

export default async function OperationReportPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  return <ReportScreen loaded={await load(operationRead, { operationId: id })} />
}
