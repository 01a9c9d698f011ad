import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { OutsideScreen } from '#app/(console)/settings/outside/outside-screen.tsx'
import { outsideRead } from '#app/(console)/settings/outside/queries.ts'

export const metadata: Metadata = { title: 'Outside' }

export default async function OutsidePage() {
  await requireUser()
  return <OutsideScreen loaded={await load(outsideRead, null)} />
}
