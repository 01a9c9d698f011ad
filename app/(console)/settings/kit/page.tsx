import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { KitScreen } from '#app/(console)/settings/kit/kit-screen.tsx'
import { kitRead } from '#app/(console)/settings/kit/queries.ts'

export const metadata: Metadata = { title: 'Recovery kit' }

export default async function KitPage() {
  await requireUser()
  return <KitScreen loaded={await load(kitRead, null)} />
}
