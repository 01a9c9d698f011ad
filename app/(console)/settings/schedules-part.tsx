'use client'

import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { SettingsData } from './settings-screen.tsx'

export function SchedulesPart({ data: { current } }: { data: SettingsData }) {
  if (!current) return <EmptyState title="There is no database, and so nothing on a schedule" />
  const { schedules, policy, target } = current
  return (
    <Panel
      title={`Schedules of ${target.name}`}
      about={`Times are in ${policy.timeZone}. They are part of the policy; counts are of the last 24 hours, or since the policy was applied.`}
      flush
    >
      <Table
        label="Schedules"
        rows={schedules}
        rowKey={(row) => row.schedule}
        columns={[
          { key: 'schedule', head: 'Work', lead: true, cell: (row) => row.schedule },
          {
            key: 'cron',
            head: 'Schedule',
            cell: (row) => <code className="font-mono text-xs">{row.cron}</code>,
          },
          { key: 'last', head: 'Last fired', cell: (row) => <Time at={row.lastFiredAt} /> },
          { key: 'due', head: 'Last due', cell: (row) => <Time at={row.lastDueAt} /> },
          { key: 'fired', head: 'Fired', align: 'right', cell: (row) => row.fired },
          {
            key: 'missed',
            head: 'Missed',
            align: 'right',
            cell: (row) =>
              row.missed > 0 ? <StatusDot status="overdue" label={String(row.missed)} /> : row.missed,
          },
        ]}
      />
    </Panel>
  )
}
