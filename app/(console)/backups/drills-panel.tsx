import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { TrendBars } from '#components/charts/trend-bars.tsx'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { StatusDot } from '#components/ui/status-dot.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import type { Drill } from '#lib/backups/types.ts'

type ShownDrill = Wire<Drill>

const trendLength = 24

/** What was found, in one line. */
function outcomeOf(drill: ShownDrill): string {
  if (drill.status !== 'finished') return '—'
  if (drill.error) return drill.error.message
  if (drill.differences.length === 0) return 'every row and checksum equal'
  const first = drill.differences[0]!
  const more = drill.differences.length - 1
  return `${first.subject}: ${first.kind}, expected ${first.expected}, found ${first.found}${more > 0 ? ` (and ${more} more)` : ''}`
}

/** Measured recovery times, oldest first; a drill that did not pass is an empty place. */
function RecoveryTrend({
  drills,
  objectiveMs,
}: {
  drills: readonly ShownDrill[]
  objectiveMs: number | null
}) {
  const finished = drills.filter(({ status }) => status === 'finished').slice(0, trendLength)
  if (finished.length < 2) return null
  const longest = Math.max(...finished.map(({ recoveryMs }) => recoveryMs ?? 0))
  return (
    <div className="border-b border-line px-4 py-3">
      <p className="mb-1 text-xs text-ink-faint">Time from the start to a proven database</p>
      <TrendBars
        label="Recovery time of each drill"
        format="duration"
        bars={finished.toReversed().map((drill) => ({
          key: drill.id,
          label: (drill.finishedAt ?? drill.createdAt).slice(0, 16).replace('T', ' '),
          value: drill.verdict === 'passed' ? drill.recoveryMs : null,
        }))}
        // A promise far above every measurement would press the bars flat; then the words above say it.
        {...(objectiveMs && objectiveMs < longest * 4
          ? { target: { value: objectiveMs, label: 'objective' } }
          : {})}
      />
    </div>
  )
}

/** The history of drills with its trend. */
export function DrillsPanel({
  drills,
  objectiveMs,
  withBackup = true,
}: {
  drills: readonly ShownDrill[]
  objectiveMs: number | null
  /** Whether each names its archive; not needed on that archive's own page. */
  withBackup?: boolean
}) {
  return (
    <Panel
      title="Drills"
      about="A drill restores an archive into a scratch database and demands the facts that were taken with it."
      flush
    >
      <RecoveryTrend drills={drills} objectiveMs={objectiveMs} />
      <Table
        label="Drills"
        rows={drills}
        rowKey={(drill) => drill.id}
        empty={
          <EmptyState title="Never drilled">
            <p>Nobody knows yet whether this restores, or how long that takes.</p>
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
            cell: (drill) => <span className="line-clamp-2 text-ink-soft">{outcomeOf(drill)}</span>,
          },
          ...(withBackup
            ? [
                {
                  key: 'backup',
                  head: 'Archive',
                  cell: (drill: ShownDrill) => (
                    <Link
                      href={`/backups/${drill.backupId}`}
                      className="font-mono text-xs text-accent hover:underline"
                    >
                      {drill.backupId.slice(0, 8)}
                    </Link>
                  ),
                },
              ]
            : []),
          { key: 'by', head: 'Requested by', wide: true, cell: (drill) => drill.requestedBy },
          {
            key: 'at',
            head: 'When',
            align: 'right',
            cell: (drill) => <Time at={drill.finishedAt ?? drill.createdAt} />,
          },
        ]}
      />
    </Panel>
  )
}
