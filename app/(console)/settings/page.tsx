import type { Metadata } from 'next'
import { currentTarget, type SearchParams } from '#app/_web/current-target.ts'
import { load } from '#app/_web/read.ts'
import { requireUser } from '#app/_web/session.ts'
import { settingsRead } from './queries.ts'
import { SettingsScreen } from './settings-screen.tsx'

export const metadata: Metadata = { title: 'Settings' }

export default async function SettingsPage({ searchParams }: { searchParams: SearchParams }) {
  await requireUser()
  const target = await currentTarget(searchParams)
  const asked = await searchParams
  const version = Number(asked.version)
  const input = {
    targetId: target?.id ?? null,
    ...(Number.isInteger(version) && version > 0 ? { version } : {}),
  }
  const tab = typeof asked.tab === 'string' ? asked.tab : 'databases'
  return <SettingsScreen loaded={await load(settingsRead, input)} tab={tab} />
}
