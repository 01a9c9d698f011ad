import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { operationRead } from '../queries.ts'
import { OperationScreen } from './operation-screen.tsx'

export const metadata: Metadata = { title: 'Operation' }

export default async function OperationPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  return <OperationScreen loaded={await load(operationRead, { operationId: id })} />
}
