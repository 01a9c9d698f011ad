import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { quietRead } from '#app/(console)/alerts/quiet/queries.ts'
import { QuietScreen } from '#app/(console)/alerts/quiet/quiet-screen.tsx'

export const metadata: Metadata = { title: 'Maintenance and silences' }

export default async function QuietPage() {
  await requireUser()
  return <QuietScreen loaded={await load(quietRead, null)} />
}
