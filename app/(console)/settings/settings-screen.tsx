'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { classNames } from '#components/ui/class-names.ts'
import { PageHeader } from '#components/ui/page-header.tsx'
import { DatabasesPart } from './databases-part.tsx'
import { PeoplePart } from './people-part.tsx'
import { PolicyPart } from './policy-part.tsx'
import type { settingsRead } from './queries.ts'
import { SchedulesPart } from './schedules-part.tsx'
import { StoragePart } from './storage-part.tsx'

export type SettingsData = Wire<ReadData<typeof settingsRead>>
export type CurrentTarget = NonNullable<SettingsData['current']>

const tabs = [
  { key: 'databases', title: 'Databases', Part: DatabasesPart },
  { key: 'policy', title: 'Policy', Part: PolicyPart },
  { key: 'schedules', title: 'Schedules', Part: SchedulesPart },
  { key: 'storage', title: 'Storage', Part: StoragePart },
  { key: 'people', title: 'People', Part: PeoplePart },
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
  const shown = tabs.find(({ key }) => key === tab) ?? tabs[0]!
  const target = data.current?.target.name
  return (
    <>
      <PageHeader title="Settings" about="What is protected, how, when, and by whom." />
      <nav aria-label="Settings" className="mb-4 flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map(({ key, title }) => (
          <Link
            key={key}
            href={`/settings?${new URLSearchParams({ ...(target ? { target } : {}), tab: key })}`}
            aria-current={key === shown.key ? 'page' : undefined}
            className={classNames(
              '-mb-px border-b-2 px-3 py-1.5 text-sm whitespace-nowrap',
              key === shown.key
                ? 'border-accent font-medium text-ink'
                : 'border-transparent text-ink-soft hover:text-ink',
            )}
          >
            {title}
          </Link>
        ))}
      </nav>
      <shown.Part data={data} />
    </>
  )
}
