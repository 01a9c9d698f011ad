'use client'

import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import type { outsideRead } from '#app/(console)/settings/outside/queries.ts'
import { StatusPagePart } from '#app/(console)/settings/outside/status-page-part.tsx'
import { TokensPart } from '#app/(console)/settings/outside/tokens-part.tsx'
import { SettingsTabs } from '#app/(console)/settings/settings-tabs.tsx'
import { useShell } from '#components/shell/shell-context.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'

export type OutsideData = Wire<ReadData<typeof outsideRead>>

/** What others see without an account: the public status page, metrics and calendars. */
export function OutsideScreen({ loaded }: { loaded: Loaded<ReadData<typeof outsideRead>> }) {
  const { data } = useLoaded(loaded)
  const { target } = useShell()
  return (
    <>
      <PageHeader title="Outside" about="What people and machines without an account may see." />
      <SettingsTabs shown="outside" target={target?.name} />
      <div className="grid gap-4">
        <StatusPagePart key={data.page.changedAt} data={data} />
        <TokensPart data={data} />
      </div>
    </>
  )
}
