import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup, listBackups, snapshotManifestOf } from '#lib/backups/queries.ts'
import { assertSnapshotIntact } from '#lib/backups/snapshots/check-snapshot.ts'
import type { Backup } from '#lib/backups/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { Evidence, SearchScope } from '#lib/recovery/evidence.ts'
import { momentText } from '#lib/restores/moment.ts'
import { withSource } from '#lib/restores/open-source.ts'
import { readColumns } from '#lib/rows/stage-rows.ts'
import { sameTable } from '#lib/sql/identifier.ts'

const mostSnapshots = 20
/** Each of them is restored as a whole before it can be asked. */
const mostArchives = 4

export interface ListedEvidence {
  quick: Evidence[]
  slow: Evidence[]
}

const isUsable = (backup: Backup, until: Date): boolean =>
  backup.takenAt !== null && backup.takenAt <= until && ['good', 'suspicious'].includes(backup.status)

const atOf = (backup: Backup) => backup.takenAt!.toISOString()

const ofSnapshot = (job: JobScope, scope: SearchScope, listed: Backup): Evidence => ({
  source: { kind: 'snapshot', backupId: listed.id, at: atOf(listed) },
  label: `the snapshot of ${momentText(listed.takenAt!)}`,
  open: (work) =>
    withPinnedBackup(job.ctx, listed.id, async () => {
      const backup = await getBackup(job.ctx.db, listed.id)
      const manifest = snapshotManifestOf(backup)
      return work({
        async bring(live) {
          const table = manifest.tables.find((one) => sameTable(one.source, live))
          return table ? { relation: table.copy, columns: await readColumns(scope.sql, table.copy) } : null
        },
        async prove() {
          await scope.sql.begin('isolation level repeatable read', (transaction) =>
            assertSnapshotIntact(transaction, manifest, backup.facts!, job),
          )
        },
      })
    }),
})

const ofArchive = (job: JobScope, scope: SearchScope, targetId: string, listed: Backup): Evidence => ({
  source: { kind: 'archive', backupId: listed.id, at: atOf(listed) },
  label: `the archive of ${momentText(listed.takenAt!)}`,
  open: (work) =>
    withSource(job, targetId, { kind: 'archive', backupId: listed.id }, scope.sql, (source) =>
      work({
        bring: (live) => source.bring(scope.sql, live, { whole: true }),
        // Authenticated before it was restored.
        prove: async () => {},
      }),
    ),
})

/** What the records know of where people's memberships may be found, up to a moment. */
export async function listEvidence(
  job: JobScope,
  scope: SearchScope,
  targetId: string,
  options: { archives: boolean; until: Date },
): Promise<ListedEvidence> {
  const backups = (await listBackups(job.ctx.db, { targetId })).filter((one) => isUsable(one, options.until))
  const byTime = (a: Backup, b: Backup) => b.takenAt!.getTime() - a.takenAt!.getTime()
  const isProven = (backup: Backup) => Number(backup.verification === 'facts-proven')
  return {
    quick: backups
      .filter((one) => one.kind === 'snapshot')
      .sort(byTime)
      .slice(0, mostSnapshots)
      .map((one) => ofSnapshot(job, scope, one)),
    slow: options.archives
      ? backups
          .filter((one) => one.kind === 'archive')
          .sort((a, b) => isProven(b) - isProven(a) || byTime(a, b))
          .slice(0, mostArchives)
          .map((one) => ofArchive(job, scope, targetId, one))
      : [],
  }
}
