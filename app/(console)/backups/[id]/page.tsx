import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { z } from 'zod'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { backupsNowRead } from '../queries.ts'
import { BackupScreen } from './backup-screen.tsx'
import { backupRead } from './queries.ts'

export const metadata: Metadata = { title: 'Backup' }

export default async function BackupPage({ params }: { params: Promise<{ id: string }> }) {
  await requireUser()
  const { id } = await params
  if (!z.uuid().safeParse(id).success) notFound()
  const loaded = await load(backupRead, { backupId: id })
  const now = await load(backupsNowRead, { targetId: loaded.data.target.id, backupId: id })
  return <BackupScreen loaded={loaded} now={now} />
}
