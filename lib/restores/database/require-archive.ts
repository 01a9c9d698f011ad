import { getBackup } from '#lib/backups/queries.ts'
import type { ArchiveManifest, BackupDetails } from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { AppError } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'

export interface WholeArchive {
  backup: BackupDetails & { takenAt: Date }
  manifest: ArchiveManifest
  facts: Facts
}

/**
 * An archive of this target that a whole database can be made from. Throws AppError `backup-*` (kind refused) where it is
 * another target's, none of ours, or not good.
 */
export async function requireArchive(db: DbOrTx, targetId: string, backupId: string): Promise<WholeArchive> {
  const backup = await getBackup(db, backupId)
  const refused = (code: string, message: string, hint: string) =>
    new AppError(code, message, { kind: 'refused', hint })
  const list = 'List the right ones with: holdfast backups list TARGET'
  if (backup.targetId !== targetId)
    throw refused('backup-of-other-target', `This backup is of ${backup.targetName}, another target.`, list)
  if (backup.kind !== 'archive')
    throw refused('backup-kind', 'A whole database is made from an archive; this is a snapshot.', list)
  if (backup.origin !== 'holdfast')
    throw refused(
      'backup-foreign',
      'Others made this archive, and no facts were taken of its source: nothing could prove the new database.',
      'Take one with Holdfast, or restore it by hand into a database of its own.',
    )
  const { takenAt, manifest, facts } = backup
  if (!['good', 'suspicious'].includes(backup.status) || !takenAt || !manifest || !facts)
    throw refused('backup-not-good', `This backup is ${backup.status}; nothing is restored from it.`, list)
  return { backup: { ...backup, takenAt }, manifest: manifest as ArchiveManifest, facts }
}

/** The facts of an archive, which outlive it. Throws AppError `facts-gone`. */
export async function requireFacts(db: DbOrTx, targetId: string, backupId: string): Promise<Facts> {
  const { facts, targetId: owner } = await getBackup(db, backupId)
  if (facts && owner === targetId) return facts
  throw new AppError('facts-gone', 'The facts of the archive are not known any more.', {
    kind: 'refused',
    hint: 'Restore the database again from an archive that is there.',
  })
}
