'use client'

import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { PageHeader } from '#components/ui/page-header.tsx'
import { BackUpNow } from './backup-buttons.tsx'
import { BackupSections } from './backup-sections.tsx'
import { CalendarPanel } from './calendar-panel.tsx'
import { FreezeNote } from './freeze-note.tsx'
import { ListPanel } from './list-panel.tsx'
import { MeasuredCard } from './measured-card.tsx'
import { type LoadedNow, NowPanel } from './now-panel.tsx'
import type { backupListRead, backupsRead } from './queries.ts'
import { SchedulePanel } from './schedule-panel.tsx'

export function BackupsScreen({
  loaded,
  list,
  now,
}: {
  loaded: Loaded<ReadData<typeof backupsRead>>
  list: Loaded<ReadData<typeof backupListRead>>
  now: LoadedNow
}) {
  const { data } = useLoaded(loaded)
  const { role, target, days, policy, stoppedBecause } = data
  return (
    <>
      <PageHeader
        title="Backups"
        about="A backup counts only after it was read back; it is proven only when a drill restored it and found equal facts."
        actions={<BackUpNow role={role} target={target.name} isControl={target.kind === 'control'} />}
      />
      <BackupSections target={target.name} here="backups" />
      <div className="grid gap-4">
        <FreezeNote target={target.name} because={stoppedBecause} />
        <MeasuredCard data={data} />
        <CalendarPanel
          days={days}
          timeZone={policy.timeZone}
          target={target.name}
          filter={list.data.filter}
        />
        <div className="grid gap-4 xl:grid-cols-[3fr_2fr]">
          <NowPanel loaded={now} idle="Nothing is being backed up, verified or drilled." />
          <SchedulePanel schedule={policy} isControl={target.kind === 'control'} />
        </div>
        <ListPanel loaded={list} target={target.name} />
      </div>
    </>
  )
}
