import Link from 'next/link'
import type { ReactNode } from 'react'
import type { Wire } from '#app/_web/wire.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Bytes, Count } from '#components/ui/numbers.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { ListedBackup } from '#lib/backups/list-backups-page.ts'
import { countOf } from '#lib/format/format-count.ts'
import { CopiesCell } from './copies-cell.tsx'
import { KeptCell } from './kept-cell.tsx'
import type { Kept } from './kept-words.ts'
import { BackupState, VerificationLadder } from './verification-ladder.tsx'

type Row = Wire<ListedBackup>

function Covered({ backup }: { backup: Row }) {
  if (backup.rows === null) return <span className="text-ink-faint">—</span>
  return (
    <span className="grid justify-items-end">
      <span>
        <Count of={backup.rows} /> rows
      </span>
      <span className="text-xs text-ink-faint">
        {[
          countOf(backup.tables ?? 0, 'table'),
          backup.largeObjects ? countOf(backup.largeObjects, 'large object') : null,
          backup.notCovered ? `${backup.notCovered} not covered` : null,
        ]
          .filter(Boolean)
          .join(', ')}
      </span>
    </span>
  )
}

/** Backups, newest first. */
export function BackupsTable({
  backups,
  kept,
  empty,
}: {
  backups: readonly Row[]
  kept: readonly Kept[]
  empty: ReactNode
}) {
  return (
    <Table
      label="Backups"
      rows={backups}
      rowKey={(backup) => backup.id}
      empty={empty}
      columns={[
        {
          key: 'kind',
          head: 'Backup',
          lead: true,
          cell: (backup) => (
            <span className="inline-flex flex-wrap items-baseline gap-x-1.5">
              <Link href={`/backups/${backup.id}`} className="text-accent hover:underline">
                {backup.kind} <span className="font-mono text-xs">{backup.id.slice(0, 8)}</span>
              </Link>
              {backup.origin === 'foreign' ? (
                <Badge title="Made by others; listed, drilled and watched, never changed">not ours</Badge>
              ) : null}
            </span>
          ),
        },
        {
          key: 'taken',
          head: 'Taken',
          cell: (backup) => <Time at={backup.at} className="whitespace-nowrap" />,
        },
        {
          key: 'status',
          head: 'Status',
          cell: (backup) => (
            <span className="grid" title={backup.error?.message}>
              <BackupState status={backup.status} />
              {backup.error ? (
                <span className="line-clamp-1 max-w-56 text-xs text-ink-faint max-sm:text-right">
                  {backup.error.message}
                </span>
              ) : null}
            </span>
          ),
        },
        {
          key: 'level',
          head: 'Verification',
          cell: (backup) => <VerificationLadder level={backup.verification} isGood={backup.error === null} />,
        },
        {
          key: 'copies',
          head: 'Copies',
          cell: (backup) =>
            backup.kind === 'snapshot' ? (
              <span className="text-ink-faint" title="A snapshot lies in the target itself and dies with it">
                in the target
              </span>
            ) : (
              <CopiesCell copies={backup.copies} />
            ),
        },
        { key: 'covers', head: 'Covers', align: 'right', cell: (backup) => <Covered backup={backup} /> },
        {
          key: 'size',
          head: 'Size',
          align: 'right',
          cell: (backup) => (
            <span className="grid justify-items-end">
              <Bytes of={backup.sizeBytes} />
              {backup.rawBytes ? (
                <span className="text-xs text-ink-faint">
                  of <Bytes of={backup.rawBytes} /> raw
                </span>
              ) : null}
            </span>
          ),
        },
        {
          key: 'kept',
          head: 'Kept',
          cell: (backup) => (
            <KeptCell backup={backup} kept={kept.find(({ backupId }) => backupId === backup.id) ?? null} />
          ),
        },
        { key: 'purpose', head: 'Purpose', wide: true, cell: (backup) => backup.purpose },
      ]}
    />
  )
}
