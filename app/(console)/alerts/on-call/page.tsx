import type { Metadata } from 'next'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { OnCallScreen } from '#app/(console)/alerts/on-call/on-call-screen.tsx'
import { onCallRead } from '#app/(console)/alerts/on-call/queries.ts'

export const metadata: Metadata = { title: 'On call' }

export default async function OnCallPage() {
  await requireUser()
  return <OnCallScreen loaded={await load(onCallRead, null)} />
}
