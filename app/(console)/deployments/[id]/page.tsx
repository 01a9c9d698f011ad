import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { deploymentRead } from '../queries.ts'
import { ReportScreen } from './report-screen.tsx'

export const metadata: Metadata = { title: 'Deployment report' }

export default async function DeploymentPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  if (!z.uuid().safeParse(id).success) notFound()
  return <ReportScreen loaded={await load(deploymentRead, { deploymentId: id })} />
}
