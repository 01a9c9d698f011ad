'use client'

import Link from 'next/link'
import type { Loaded, ReadData } from '#app/_web/read.ts'
import { useLoaded } from '#app/_web/use-loaded.ts'
import { PageTarget } from '#components/shell/shell-context.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { Refusal } from '#components/ui/refusal.tsx'
import { type LoadedNow, NowPanel } from '../now-panel.tsx'
import { BackupState } from '../verification-ladder.tsx'
import { BackupActs } from './backup-acts.tsx'
import { CopiesPanel } from './copies-panel.tsx'
import { DrillsPart } from './drills-part.tsx'
import { FactsPanel } from './facts-panel.tsx'
import { ManifestPanel } from './manifest-panel.tsx'
import { OpenByHand } from './open-by-hand.tsx'
import type { backupRead } from './queries.ts'
import { SummaryCard } from './summary-card.tsx'

export function BackupScreen({
  loaded,
  now,
}: {
  loaded: Loaded<ReadData<typeof backupRead>>
  now: LoadedNow
}) {
  const { data } = useLoaded(loaded)
  const busy = useLoaded(now).data.work.length > 0
  const { role, backup, copies, stores, drills, target } = data
  const isArchive = backup.kind === 'archive'
  const { manifest } = backup
  const isThere = backup.status === 'good' || backup.status === 'suspicious'
  return (
    <>
      <PageTarget name={target.name} />
      <PageHeader
        title={
          <span className="flex flex-wrap items-baseline gap-x-3">
            {isArchive ? 'Archive' : 'Snapshot'} of {target.name}
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
        actions={<BackupActs role={role} backup={backup} copies={copies} busy={busy} />}
      />
      <div className="grid gap-4">
        {backup.error ? <Refusal of={{ reason: backup.error.message, hint: backup.error.hint }} /> : null}
        <SummaryCard data={data} />
        <div data-no-print className="empty:hidden">
          <NowPanel loaded={now} />
        </div>
        {isArchive && copies.length > 0 ? <CopiesPanel copies={copies} stores={stores} /> : null}
        {isArchive && (drills.length > 0 || isThere) ? <DrillsPart drills={drills} copies={copies} /> : null}
        <FactsPanel data={data} />
        <div className="grid items-start gap-4 xl:grid-cols-2">
          <ManifestPanel manifest={manifest} location={backup.location} />
          {manifest && !('schema' in manifest) ? (
            <OpenByHand manifest={manifest} location={copyKeyOf(data)} />
          ) : null}
        </div>
      </div>
    </>
  )
}

/** The name to look for in the store; one that is gone has none. */
const copyKeyOf = ({ backup }: { backup: { location: string | null; status: string } }): string | null =>
  backup.status === 'expired' ? null : backup.location
