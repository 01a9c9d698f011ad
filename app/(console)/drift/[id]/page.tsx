import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { comparisonRead } from '../queries.ts'
import { ComparisonScreen } from './comparison-screen.tsx'

export const metadata: Metadata = { title: 'Comparison' }

export default async function ComparisonPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  if (!z.uuid().safeParse(id).success) notFound()
  return <ComparisonScreen loaded={await load(comparisonRead, { comparisonId: id })} />
}
