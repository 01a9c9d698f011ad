import Link from 'next/link'
import type { Wire } from '#app/_web/wire.ts'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes, Count } from '#components/ui/numbers.tsx'
import { Table } from '#components/ui/table.tsx'
import { Time } from '#components/ui/time.tsx'
import type { Backup } from '#lib/backups/types.ts'
import type { Role } from '#lib/context.ts'
import { BackupActs } from './backup-buttons.tsx'
import { BackupState, VerificationBadge } from './verification-badge.tsx'

/** Everything there is to go back to, newest first. */
export function BackupsTable({
  backups,
  role,
  busyIds,
}: {
  backups: readonly Wire<Backup>[]
  role: Role
  busyIds: ReadonlySet<string>
}) {
  return (
    <Table
      label="Backups"
      rows={backups}
      rowKey={(backup) => backup.id}
      empty={
        <EmptyState title="There is nothing to go back to">
          <p>
            A snapshot is a consistent copy of the protected tables inside the database: quick, for careless
            deletes. An archive is a dump outside of it: for the day the database is gone.
          </p>
        </EmptyState>
      }
      columns={[
        {
          key: 'kind',
          head: 'Backup',
          lead: true,
          cell: (backup) => (
            <Link href={`/backups/${backup.id}`} className="text-accent hover:underline">
              {backup.kind} <span className="font-mono text-xs">{backup.id.slice(0, 8)}</span>
            </Link>
          ),
        },
        { key: 'taken', head: 'Taken', cell: (backup) => <Time at={backup.takenAt ?? backup.createdAt} /> },
        {
          key: 'status',
          head: 'Status',
          cell: (backup) => (
            <span title={backup.error?.message}>
              <BackupState status={backup.status} />
            </span>
          ),
        },
        {
          key: 'level',
          head: 'Verification',
          cell: (backup) => <VerificationBadge level={backup.verification} />,
        },
        {
          key: 'covers',
          head: 'Covers',
          align: 'right',
          cell: (backup) =>
            backup.rows === null ? (
              <span className="text-ink-faint">—</span>
            ) : (
              <span>
                <Count of={backup.rows} /> rows, {backup.tables} tables
              </span>
            ),
        },
        { key: 'size', head: 'Size', align: 'right', cell: (backup) => <Bytes of={backup.sizeBytes} /> },
        { key: 'purpose', head: 'Purpose', wide: true, cell: (backup) => backup.purpose },
        {
          key: 'acts',
          head: '',
          align: 'right',
          cell: (backup) => <BackupActs role={role} backup={backup} busy={busyIds.has(backup.id)} />,
        },
      ]}
    />
  )
}
