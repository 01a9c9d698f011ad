import type postgres from 'postgres'
import { withRestoredArchive } from '#lib/backups/drills/restore-archive.ts'
import { withPinnedBackup } from '#lib/backups/pin-backup.ts'
import { getBackup, snapshotManifestOf } from '#lib/backups/queries.ts'
import { assertSnapshotIntact } from '#lib/backups/snapshots/check-snapshot.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { explainStaging } from '#lib/restores/explain-staging.ts'
import type { RestoreSource } from '#lib/restores/input.ts'
import { openJournal } from '#lib/restores/journal/open-journal.ts'
import { momentText } from '#lib/restores/moment.ts'
import { withTargetSource } from '#lib/restores/open-target-source.ts'
import type { OpenSource } from '#lib/restores/types.ts'
import { readColumns, stageRows } from '#lib/rows/stage-rows.ts'
import { sameTable, type TableName } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'
import { connectToUrl } from '#lib/targets/open-target.ts'

/** The backup to restore from. Throws AppError `refused` kinds where it belongs to another target or is not good. */
async function requireBackup(
  scope: JobScope,
  targetId: string,
  source: Extract<RestoreSource, { backupId: string }>,
): Promise<BackupDetails> {
  const backup = await getBackup(scope.ctx.db, source.backupId)
  const refused = (code: string, message: string, hint: string) =>
    new AppError(code, message, { kind: 'refused', hint })
  if (backup.targetId !== targetId) {
    throw refused(
      'backup-of-other-target',
      `This backup is of ${backup.targetName}, another target.`,
      `List the right ones with: holdfast backups list TARGET`,
    )
  }
  if (backup.kind !== source.kind)
    throw refused(
      'backup-kind',
      `This backup is a ${backup.kind}, not a ${source.kind}.`,
      'Ask for it by its own kind.',
    )
  if (!['good', 'suspicious'].includes(backup.status) || !backup.takenAt) {
    throw refused(
      'backup-not-good',
      `This backup is ${backup.status}; nothing is restored from it.`,
      'Choose a good one: holdfast backups list TARGET',
    )
  }
  return backup
}

/**
 * Opens what rows are restored from, for the duration of `work`: a snapshot or the journal in the target itself, an archive,
 * restored into a scratch database, or another target as it is. `sql` is the target's session; temporary tables are made
 * in it. A snapshot is proven against its facts first, an archive authenticated.
 */
export async function withSource<T>(
  scope: JobScope,
  targetId: string,
  source: RestoreSource,
  sql: postgres.Sql,
  work: (source: OpenSource) => Promise<T>,
  /** Empty: every table that the source has. */
  tables: readonly TableName[] = [],
): Promise<T> {
  if (source.kind === 'journal') return work(await openJournal(scope, sql, source, tables))
  if (source.kind === 'target') return withTargetSource(scope, targetId, source, sql, work)
  if (!('backupId' in source))
    throw new AppError('source-unknown', 'An operation is not restored from: it is undone.', {
      kind: 'refused',
      hint: `holdfast operations undo ${source.operationId}`,
    })
  const backup = await requireBackup(scope, targetId, source)
  return source.kind === 'snapshot'
    ? withPinnedBackup(scope.ctx, backup.id, () => fromSnapshot(scope, backup, sql, work))
    : fromArchive(scope, backup, work)
}

async function fromSnapshot<T>(
  scope: JobScope,
  backup: BackupDetails,
  sql: postgres.Sql,
  work: (source: OpenSource) => Promise<T>,
): Promise<T> {
  const manifest = snapshotManifestOf(backup)
  await scope.phase('check snapshot', manifest.tables.length)
  await sql.begin('isolation level repeatable read', (transaction) =>
    assertSnapshotIntact(transaction, manifest, backup.facts!, scope),
  )
  return work({
    identity: { kind: 'snapshot', backupId: backup.id },
    label: `the snapshot of ${momentText(backup.takenAt!)}`,
    moment: backup.takenAt!,
    tables: manifest.tables.map((table) => table.source),
    async bring(session, live) {
      const table = manifest.tables.find((one) => sameTable(one.source, live))
      if (!table) return null
      const columns = await readColumns(session, table.copy)
      if (columns.length > 0) return { relation: table.copy, columns }
      // The view went with the application's own types; what it showed is kept as text.
      return { relation: table.stored, columns: await readColumns(session, table.stored) }
    },
  })
}

const fromArchive = <T>(
  scope: JobScope,
  backup: BackupDetails,
  work: (source: OpenSource) => Promise<T>,
): Promise<T> =>
  withRestoredArchive(scope, backup.id, async ({ url, manifest }) => {
    const from = connectToUrl(url, 'backup', { purpose: 'restore-source' })
    try {
      const there = (await listTables(from)).filter((table) => table.kind !== 'partition')
      let begun = false
      return await work({
        identity: { kind: 'archive', backupId: backup.id, sha256: manifest.sha256 },
        label: `the archive of ${momentText(backup.takenAt!)}`,
        moment: backup.takenAt!,
        tables: there,
        async bring(session, live, { whole } = {}) {
          const table = there.find((one) => sameTable(one, live))
          if (!table) return null
          if (!begun) await scope.phase('bring rows')
          begun = true
          const staged = await stageRows(from, session, live, table, {
            signal: scope.signal,
            whole,
            onProgress: (rows) => scope.progress(rows),
          }).catch((error) => {
            throw explainStaging(error, live)
          })
          return staged.source
        },
      })
    } finally {
      await from.end({ timeout: 5 })
    }
  })
