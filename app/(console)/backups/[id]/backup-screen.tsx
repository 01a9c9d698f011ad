'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import type { Wire } from '#app/_web/wire.ts'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, Panel, Stat } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Bytes, Count } from '#components/ui/numbers.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { Table } from '#components/ui/table.tsx'
import { Duration, Time } from '#components/ui/time.tsx'
import { can } from '#lib/auth/permissions.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { BackupActs } from '../backup-buttons.tsx'
import { DrillsPanel } from '../drills-panel.tsx'
import type { backupRead } from '../queries.ts'
import { BackupState, VerificationBadge } from '../verification-badge.tsx'
import { WorkPanel } from '../work-panel.tsx'
import { ManifestPanel } from './manifest-panel.tsx'

type Data = ReadData<typeof backupRead>

function Summary({ backup }: { backup: Wire<Data>['backup'] }) {
  return (
    <Card className="grid grid-cols-2 gap-x-4 gap-y-3 px-4 py-3 lg:grid-cols-4">
      <Stat
        label="Holds the content of"
        value={<Time at={backup.takenAt} />}
        note={<Time at={backup.takenAt} exact />}
      />
      <Stat
        label="Verification"
        value={<VerificationBadge level={backup.verification} />}
        note={
          <>
            looked at <Time at={backup.verifiedAt} />
          </>
        }
      />
      <Stat
        label="Size"
        value={<Bytes of={backup.sizeBytes} />}
        note={
          <>
            taken in <Duration ms={backup.durationMs} />
          </>
        }
      />
      <Stat
        label="Kept until"
        value={<Time at={backup.expiresAt} />}
        note={`${backup.purpose}, requested by ${backup.requestedBy}`}
      />
    </Card>
  )
}

function FactsPanel({ backup }: { backup: Wire<Data>['backup'] }) {
  const { facts } = backup
  if (!facts) return null
  return (
    <Panel
      title="Facts"
      about="Counted and summed in the same database snapshot as the copy. A restored copy must equal them."
      flush
    >
      <Table
        label="Facts per table"
        rows={facts.tables}
        rowKey={(one) => formatTable(one)}
        empty={<EmptyState title="No tables" />}
        columns={[
          { key: 'table', head: 'Table', lead: true, cell: (one) => formatTable(one) },
          { key: 'rows', head: 'Rows', align: 'right', cell: (one) => <Count of={one.rows} /> },
          {
            key: 'checksum',
            head: 'Checksum',
            cell: (one) => (
              <code className="font-mono text-xs break-all text-ink-soft" title={one.columns.join(', ')}>
                {one.checksum}
              </code>
            ),
          },
          { key: 'columns', head: 'Columns', align: 'right', wide: true, cell: (one) => one.columns.length },
        ]}
      />
      {facts.notCovered.length > 0 ? (
        <ul className="grid gap-1 border-t border-line px-4 py-3 text-sm text-ink-soft">
          {facts.notCovered.map(({ name, reason }) => (
            <li key={name}>
              <span className="font-medium text-ink">Not covered:</span> {name}, {reason}.
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  )
}

export function BackupScreen({ loaded }: { loaded: Loaded<Data> }) {
  const { data } = useLoaded(loaded)
  const { role, backup, drills, target, work } = data
  const isThere = backup.status === 'good' || backup.status === 'suspicious'
  return (
    <>
      <PageTarget name={target.name} />
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-x-3">
            {backup.kind === 'archive' ? 'Archive' : 'Snapshot'} of {target.name}
            <span className="font-mono text-sm text-ink-faint">{backup.id.slice(0, 8)}</span>
            <span className="text-sm font-normal">
              <BackupState status={backup.status} />
            </span>
          </span>
        }
        about={
          <Link
            href={`/backups?target=${encodeURIComponent(target.name)}`}
            className="text-accent hover:underline"
          >
            All backups of {target.name}
          </Link>
        }
        actions={
          <>
            <BackupActs role={role} backup={backup} busy={work.length > 0} size="medium" />
            {isThere && can(role, 'operations.request') ? (
              <Button asChild variant="primary">
                <Link href={`/restores?target=${encodeURIComponent(target.name)}&from=${backup.id}`}>
                  Restore from it…
                </Link>
              </Button>
            ) : null}
          </>
        }
      />
      <div className="grid gap-4">
        {backup.error ? <Refusal of={{ reason: backup.error.message, hint: backup.error.hint }} /> : null}
        <Summary backup={backup} />
        <div className="grid gap-4 xl:grid-cols-[2fr_1fr]">
          {backup.kind === 'archive' ? (
            <DrillsPanel drills={drills} objectiveMs={null} withBackup={false} />
          ) : (
            <ManifestPanel backup={backup} />
          )}
          <WorkPanel work={work} idle="Nothing is being done with this backup." />
        </div>
        <FactsPanel backup={backup} />
        {backup.kind === 'archive' ? <ManifestPanel backup={backup} /> : null}
      </div>
    </>
  )
}
