'use client'

import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { CalendarStrip } from '#components/charts/calendar-strip.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { formatDuration } from '#lib/format/format-duration.ts'
import { BackUpNow } from './backup-buttons.tsx'
import { BackupsTable } from './backups-table.tsx'
import { DrillsPanel } from './drills-panel.tsx'
import type { backupsRead } from './queries.ts'
import { WorkPanel } from './work-panel.tsx'

type Data = ReadData<typeof backupsRead>

const minuteMs = 60_000

const Evidence = ({ id, children }: { id: string | null; children: ReactNode }) =>
  id ? (
    <Link href={`/backups/${id}`} className="hover:underline">
      {children}
    </Link>
  ) : (
    children
  )

const judge = (ms: number | null, objectiveMs: number) =>
  ms === null ? ('bad' as const) : ms > objectiveMs ? ('warn' as const) : ('good' as const)

/** What is measured beside what is promised. */
function Measured({ data }: { data: Wire<Data> }) {
  const { protection, policy, drills } = data
  const exposureGoalMs = policy.objectives.exposureMinutes * minuteMs
  const recoveryGoalMs = policy.objectives.recoveryMinutes * minuteMs
  const proven = drills.find(({ id }) => id === protection.provenDrillId)
  return (
    <Card className="grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 lg:grid-cols-4">
      <Stat
        label="Would be lost with the database now"
        tone={judge(protection.exposureMs, exposureGoalMs)}
        value={
          <Evidence id={protection.exposureBackupId}>
            {protection.exposureSince === null ? 'everything' : <Duration since={protection.exposureSince} />}
          </Evidence>
        }
        note={`${protection.exposureSince ? 'since the newest good archive' : 'there is no good archive'} · objective ${formatDuration(exposureGoalMs)}`}
      />
      <Stat
        label="Back in"
        tone={judge(protection.recoveryMs, recoveryGoalMs)}
        value={
          <Evidence id={proven?.backupId ?? null}>
            {protection.recoveryMs === null ? 'not known' : <Duration ms={protection.recoveryMs} />}
          </Evidence>
        }
        note={`${protection.provenAt ? 'measured by the newest passed drill' : 'no drill has passed yet'} · objective ${formatDuration(recoveryGoalMs)}`}
      />
      <Stat
        label="Proven"
        tone={protection.provenAt ? 'plain' : 'bad'}
        value={protection.provenAt ? <Time at={protection.provenAt} /> : 'never'}
        note={`a proof is good for ${policy.objectives.proofHours} h`}
      />
      <Stat
        label="Newest snapshot"
        tone={protection.rescueMs === null ? 'bad' : 'plain'}
        value={
          <Evidence id={protection.rescueBackupId}>
            {protection.rescueSince === null ? 'none' : <Duration since={protection.rescueSince} />}
          </Evidence>
        }
        note={
          protection.rescueSince
            ? `old · for quick rescue of the ${policy.protectedTables} protected tables`
            : `${policy.protectedTables} protected tables have no quick rescue`
        }
      />
    </Card>
  )
}

function StoragePanel({ data }: { data: Wire<Data> }) {
  const { storage, policy } = data
  const { next, schedules, retention } = policy
  const rows = [
    { title: 'Archives', kept: storage.archives, days: retention.archiveDays, kind: 'archive' as const },
    { title: 'Snapshots', kept: storage.snapshots, days: retention.snapshotDays, kind: 'snapshot' as const },
    { title: 'Drills', kept: null, days: null, kind: 'drill' as const },
  ]
  return (
    <Panel
      title="Storage and schedule"
      about="The newest good and the newest proven backup always stay."
      flush
    >
      <Table
        label="Storage and schedule"
        rows={rows}
        rowKey={(row) => row.title}
        columns={[
          { key: 'title', head: 'What', lead: true, cell: (row) => row.title },
          {
            key: 'size',
            head: 'Size',
            align: 'right',
            cell: (row) =>
              row.kept ? (
                <span title={`${row.kept.count} kept`}>
                  <Bytes of={row.kept.bytes} />
                </span>
              ) : (
                '—'
              ),
          },
          { key: 'kept', head: 'Kept', align: 'right', cell: (row) => (row.days ? `${row.days} d` : '—') },
          {
            key: 'next',
            head: 'Next',
            align: 'right',
            cell: (row) => (
              <span title={`${schedules[row.kind]} (${policy.timeZone})`}>
                <Time at={next[row.kind]} />
              </span>
            ),
          },
        ]}
      />
    </Panel>
  )
}

export function BackupsScreen({ loaded }: { loaded: Loaded<Data> }) {
  const { data } = useLoaded(loaded)
  const { role, target, backups, drills, work, days, policy } = data
  const busyIds = new Set(work.map(({ backupId }) => backupId))
  return (
    <>
      <PageHeader
        title="Backups"
        about="A backup counts only after it was read back; it is proven only when a drill restored it and found equal facts."
        actions={<BackUpNow role={role} target={target.name} />}
      />
      <div className="grid gap-4">
        <Measured data={data} />
        <div className="grid gap-4 xl:grid-cols-[3fr_2fr]">
          <div className="grid content-start gap-4">
            <Panel title={`The last ${days.length} days`}>
              <CalendarStrip days={days} label="Backups per day" />
            </Panel>
            <StoragePanel data={data} />
          </div>
          <WorkPanel work={work} idle="Nothing is being backed up, verified or drilled." />
        </div>
        <Panel title="Backups" flush>
          <BackupsTable backups={backups} role={role} busyIds={busyIds} />
        </Panel>
        <DrillsPanel drills={drills} objectiveMs={policy.objectives.recoveryMinutes * minuteMs} />
      </div>
    </>
  )
}
