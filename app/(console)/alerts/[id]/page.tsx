import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { alertRead } from '../queries.ts'
import { AlertScreen } from './alert-screen.tsx'

export const metadata: Metadata = { title: 'Alert' }

export default async function AlertPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  if (!z.uuid().safeParse(id).success) notFound()
  return <AlertScreen loaded={await load(alertRead, { alertId: id })} />
}
