import Link from 'next/link'
import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { outcomeOf } from '#app/(console)/backups/drill-words.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { countOf } from '#lib/format/format-count.ts'
import type { drillsRead } from './queries.ts'

type ShownDrill = Wire<ReadData<typeof drillsRead>>['drills'][number]

const sideFindings = ({ notHealthy, uncheckedCount }: ShownDrill): string =>
  [
    notHealthy > 0 ? `${countOf(notHealthy, 'health check')} not healthy` : null,
    uncheckedCount > 0 ? `${countOf(uncheckedCount, 'thing')} not looked at` : null,
  ]
    .filter(Boolean)
    .join(', ')

/** The drills so far, newest first. */
export function DrillsTable({ drills }: { drills: readonly ShownDrill[] }) {
  return (
    <Table
      label="Drills"
      rows={drills}
      rowKey={(drill) => drill.id}
      empty={
        <EmptyState title="Never drilled">
          <p>Nobody knows yet whether any archive restores, or how long that takes.</p>
        </EmptyState>
      }
      columns={[
        {
          key: 'verdict',
          head: 'Verdict',
          lead: true,
          cell: (drill) => <StatusDot status={drill.verdict ?? drill.status} />,
        },
        {
          key: 'recovery',
          head: 'Recovery time',
          align: 'right',
          cell: (drill) => <Duration ms={drill.recoveryMs} />,
        },
        {
          key: 'outcome',
          head: 'Found',
          cell: (drill) => (
            <span className="grid max-sm:justify-items-end">
              <span className="line-clamp-2 text-ink-soft">
                {outcomeOf(drill)}
                {drill.differenceCount > 1 ? ` (and ${drill.differenceCount - 1} more)` : ''}
              </span>
              {sideFindings(drill) ? (
                <span className="text-xs text-ink-faint">{sideFindings(drill)}</span>
              ) : null}
            </span>
          ),
        },
        {
          key: 'backup',
          head: 'Archive',
          cell: (drill) => (
            <Link
              href={`/backups/${drill.backupId}`}
              className="font-mono text-xs text-accent hover:underline"
            >
              {drill.backupId.slice(0, 8)}
            </Link>
          ),
        },
        { key: 'by', head: 'Requested by', wide: true, cell: (drill) => drill.requestedBy },
        {
          key: 'at',
          head: 'When',
          align: 'right',
          cell: (drill) => <Time at={drill.finishedAt ?? drill.createdAt} />,
        },
      ]}
    />
  )
}
