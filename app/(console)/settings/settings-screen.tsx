'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PageHeader } from '#components/ui/page-header.tsx'
import { DatabasesPart } from './databases-part.tsx'
import { PeoplePart } from './people-part.tsx'
import { PolicyPart } from './policy-part.tsx'
import type { settingsRead } from './queries.ts'
import { SchedulesPart } from './schedules-part.tsx'
import { SettingsTabs } from './settings-tabs.tsx'
import { StoragePart } from './storage-part.tsx'

export type SettingsData = Wire<ReadData<typeof settingsRead>>
export type CurrentTarget = NonNullable<SettingsData['current']>

const parts = [
  { key: 'databases', Part: DatabasesPart },
  { key: 'policy', Part: PolicyPart },
  { key: 'schedules', Part: SchedulesPart },
  { key: 'storage', Part: StoragePart },
  { key: 'people', Part: PeoplePart },
]

export function SettingsScreen({
  loaded,
  tab,
}: {
  loaded: Loaded<ReadData<typeof settingsRead>>
  tab: string
}) {
  const { data } = useLoaded(loaded)
  const router = useRouter()
  // The first database was added while this page, which was about none, stood open.
  const isFirst = data.current === null && data.targets.length > 0
  useEffect(() => {
    if (isFirst) router.refresh()
  }, [isFirst, router])
  const shown = parts.find(({ key }) => key === tab) ?? parts[0]!
  return (
    <>
      <PageHeader title="Settings" about="What is protected, how, when, and by whom." />
      <SettingsTabs shown={shown.key} target={data.current?.target.name} />
      <shown.Part data={data} />
    </>
  )
}
