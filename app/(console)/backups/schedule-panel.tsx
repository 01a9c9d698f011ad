import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'

type Kind = 'archive' | 'snapshot' | 'drill'

export interface Schedule {
  timeZone: string
  schedules: Record<Kind, string>
  next: Record<Kind, Wire<Date>>
}

const rows: { kind: Kind; title: string }[] = [
  { kind: 'archive', title: 'Archive' },
  { kind: 'snapshot', title: 'Snapshot' },
  { kind: 'drill', title: 'Drill' },
]

/** When the next runs are due. */
export function SchedulePanel({
  schedule: { timeZone, schedules, next },
  isControl,
}: {
  schedule: Schedule
  /** Nothing is written into Holdfast's own database, not even a snapshot. */
  isControl: boolean
}) {
  return (
    <Panel title="Schedule" about={`Cron, in ${timeZone}`} flush>
      <Table
        label="Schedule"
        rows={rows.filter(({ kind }) => !isControl || kind !== 'snapshot')}
        rowKey={({ kind }) => kind}
        columns={[
          { key: 'title', head: 'What', lead: true, cell: ({ title }) => title },
          {
            key: 'cron',
            head: 'When',
            cell: ({ kind }) => <code className="font-mono text-xs text-ink-soft">{schedules[kind]}</code>,
          },
          { key: 'next', head: 'Next', align: 'right', cell: ({ kind }) => <Time at={next[kind]} /> },
        ]}
      />
    </Panel>
  )
}
