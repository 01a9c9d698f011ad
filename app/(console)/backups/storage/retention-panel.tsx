import Link from 'next/link'
import type { ReadData } from '#app/_web/read.ts'
import type { Wire } from '#app/_web/wire.ts'
import { Panel } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes } from '#components/ui/numbers.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import { countOf, formatCount } from '#lib/format/format-count.ts'
import type { storageRead } from './queries.ts'

type Data = Wire<ReadData<typeof storageRead>>

/** The policy's retention as sentences. */
function sentencesOf({ policy, timeZone, held }: Data): string[] {
  const periods = [
    policy.archiveWeeks > 0 ? countOf(policy.archiveWeeks, 'week') : null,
    policy.archiveMonths > 0 ? countOf(policy.archiveMonths, 'month') : null,
    policy.archiveYears > 0 ? countOf(policy.archiveYears, 'year') : null,
  ].filter((period) => period !== null)
  return [
    `Every archive stays ${countOf(policy.archiveDays, 'day')}${
      periods.length > 0 ? `, then the newest verified one of each of the last ${periods.join(', ')}` : ''
    } (in ${timeZone}).`,
    `Snapshots stay ${countOf(policy.snapshotDays, 'day')}.`,
    `The newest good one, the newest that a drill has proven, and ${countOf(policy.minimumArchives, 'verified archive')} stay whatever their age.`,
    'Age counts up to the newest verified success: without a new one nothing grows old.',
    ...(held > 0 ? [`${countOf(held, 'backup is', 'backups are')} held by a person.`] : []),
  ]
}

const Backup = ({ backup }: { backup: { id: string; kind: string } }) => (
  <Link href={`/backups/${backup.id}`} className="text-accent hover:underline">
    {backup.kind} <span className="font-mono text-xs">{backup.id.slice(0, 8)}</span>
  </Link>
)

function Pending({ pending }: { pending: Data['pending'] }) {
  if (pending.length === 0) return null
  return (
    <div className="border-t border-line px-4 py-3 text-sm">
      <h3 className="mb-1 font-medium">Being deleted</h3>
      <p className="mb-1 text-xs text-ink-faint">Tried again until every store says that it is gone.</p>
      <ul className="grid gap-1">
        {pending.map(({ backup }) => (
          <li key={backup.id}>
            <Backup backup={backup} />
            {backup.copies
              .filter(({ status, error }) => status === 'deleting' || error)
              .map(({ id, store, error }) => (
                <span key={id} className="text-ink-soft">
                  {' '}
                  {store}: {error ? error.message : 'on its way'}
                </span>
              ))}
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What the retention keeps, in words, and what it lets go next. */
export function RetentionPanel({ data }: { data: Data }) {
  const { next, nextCount, pending, stoppedBecause } = data
  const stopped = stoppedBecause.length > 0
  return (
    <Panel title="Retention" flush>
      <ul className="grid gap-1 px-4 py-3 text-sm">
        {sentencesOf(data).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Pending pending={pending} />
      <div className="border-t border-line">
        <h3 className="px-4 pt-3 text-sm font-medium">What goes next</h3>
        <p className="px-4 pb-2 text-xs text-ink-faint">
          {stopped
            ? 'Nothing, as long as it is stopped. After that:'
            : 'Within two weeks, if every day brings a verified archive and a snapshot.'}
        </p>
        <Table
          label="What goes next"
          rows={next}
          rowKey={({ backupId }) => backupId}
          empty={<EmptyState title="Nothing goes within two weeks" className="py-4" />}
          columns={[
            { key: 'backup', head: 'Backup', lead: true, cell: ({ backup }) => <Backup backup={backup} /> },
            { key: 'taken', head: 'Taken', cell: ({ backup }) => <Time at={backup.at} /> },
            {
              key: 'size',
              head: 'Size',
              align: 'right',
              cell: ({ backup }) => <Bytes of={backup.sizeBytes} />,
            },
            {
              key: 'by',
              head: 'Goes',
              align: 'right',
              cell: ({ byAt }) =>
                byAt === null ? stopped ? 'at once' : 'with the next backup' : <Time at={byAt} />,
            },
          ]}
        />
        {nextCount > next.length ? (
          <p className="border-t border-line px-4 py-2 text-xs text-ink-faint">
            and {formatCount(nextCount - next.length)} more
          </p>
        ) : null}
      </div>
    </Panel>
  )
}
