import { checkArchive } from '#lib/backups/check-archive.ts'
import { assertSnapshotIntact } from '#lib/backups/check-snapshot.ts'
import { explainFailure } from '#lib/backups/explain-failure.ts'
import { getBackup, snapshotManifestOf } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError, recordOutcome } from '#lib/backups/record-outcome.ts'
import type { BackupDetails, Verification } from '#lib/backups/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { withTarget } from '#lib/targets/open-target.ts'

const levels: readonly Verification[] = ['checksum', 'listed', 'restored', 'facts-proven']

/** True for a failure that says the backup itself is bad; any other says that it could not be looked at. */
export const isDamage = (code: string): boolean => code === 'archive-damaged' || code === 'snapshot-damaged'

const higher = (a: Verification | null, b: Verification): Verification =>
  a && levels.indexOf(a) > levels.indexOf(b) ? a : b

async function checkSnapshot(scope: JobScope, backup: BackupDetails): Promise<Verification> {
  const manifest = snapshotManifestOf(backup)
  const facts = backup.facts
  if (!facts) throw new Error('a finished snapshot without facts')
  await withTarget(scope.ctx, backup.targetId, 'backup', { purpose: 'verify snapshot' }, ({ sql }) =>
    sql.begin('isolation level repeatable read read only', (transaction) =>
      assertSnapshotIntact(transaction, manifest, facts, scope),
    ),
  )
  return 'checksum'
}

/**
 * Looks at every byte of a backup again: an archive against its signed manifest before any tool opens it, a snapshot
 * against the facts it was taken with. A damaged one is failed from then on. Safe to repeat.
 */
export async function verifyBackup(
  scope: JobScope,
  { backupId }: { backupId: string },
): Promise<{ backupId: string; verification: Verification }> {
  const backup = await getBackup(scope.ctx.db, backupId)
  await scope.phase('verify', backup.kind === 'archive' ? (backup.sizeBytes ?? undefined) : undefined)
  try {
    const proven =
      backup.kind === 'archive' ? await checkArchive(scope, backup) : await checkSnapshot(scope, backup)
    const verification = higher(backup.verification, proven)
    await recordOutcome(scope, backup, 'backups.verify', {
      values: { verification, verifiedAt: new Date() },
      error: null,
      detail: { verification },
    })
    return { backupId, verification }
  } catch (error) {
    const cause = explainFailure(causeOf(scope, error))
    if (!isTakenOver(cause)) {
      const failure = recordedError(cause)
      const values = isDamage(failure.code)
        ? { status: 'failed' as const, verification: null, verifiedAt: new Date(), error: failure }
        : {}
      await recordOutcome(scope, backup, 'backups.verify', { values, error: failure })
    }
    throw cause
  }
}
