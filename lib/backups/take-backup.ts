import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { takeArchive } from '#lib/backups/archives/take-archive.ts'
import { type CopyRef, finishCopy } from '#lib/backups/copies/record-copy.ts'
import { explainFailure } from '#lib/backups/explain-failure.ts'
import { contentBytes, judgeBackup } from '#lib/backups/judge-backup.ts'
import { findLastGoodContent, getBackup } from '#lib/backups/queries.ts'
import { causeOf, isTakenOver, recordedError, recordOutcome } from '#lib/backups/record-outcome.ts'
import { expireBackups } from '#lib/backups/retention/expire-backups.ts'
import { takeSnapshot } from '#lib/backups/snapshots/take-snapshot.ts'
import { sweepBackups } from '#lib/backups/sweep-backups.ts'
import type { BackupStatus, Verification } from '#lib/backups/types.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { messageOf } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import { protectedTables } from '#lib/targets/policy.ts'
import { getPolicy } from '#lib/targets/queries.ts'

/** What taking a backup of either kind gives. */
export interface TakenBackup {
  takenAt: Date
  sizeBytes: number
  location: string
  serverVersion: string
  facts: Facts
  manifest: object
  verification: Verification
  /** Archive: where it was written. */
  copy?: CopyRef
}

export interface TakeBackupResult {
  backupId: string
  status: BackupStatus
  verification: Verification
  rows: number
  tables: number
  sizeBytes: number
}

const dayMs = 86_400_000

/** Whatever goes wrong with the older ones, the new backup is good. */
async function makeRoom(scope: JobScope, targetId: string): Promise<void> {
  await expireBackups(scope, targetId).catch((error) =>
    log.warn({ targetId, error: messageOf(error) }, 'older backups could not be expired'),
  )
}

/**
 * Takes the backup that was requested and records what became of it; a failed one leaves nothing behind.
 * Safe to repeat after a crash: what the dead attempt left is removed first.
 */
export async function takeBackup(
  scope: JobScope,
  {
    backupId,
    tables,
  }: { backupId: string /** Snapshot: other tables than the protected ones. */; tables?: TableName[] },
): Promise<TakeBackupResult> {
  const { db } = scope.ctx
  const backup = await getBackup(db, backupId)
  const startedAt = Date.now()
  await db.update(backups).set({ status: 'running', error: null }).where(eq(backups.id, backupId))
  await announceChanges(db, ['backups'])
  try {
    const policy = (await getPolicy(db, backup.targetId)).document
    await sweepBackups(scope.ctx, backup.targetId)
    const { copy, ...taken }: TakenBackup =
      backup.kind === 'archive'
        ? await takeArchive(scope, backup)
        : await takeSnapshot(scope, backup, tables ?? protectedTables(policy))
    // A copy of given tables is measured by nothing: before a restore they may well be empty.
    const suspicion = tables
      ? null
      : judgeBackup(
          { facts: taken.facts, bytes: contentBytes(taken) },
          await findLastGoodContent(db, backup.targetId, backup.kind),
          protectedTables(policy),
        )
    const status = suspicion ? 'suspicious' : 'good'
    const { retention } = policy
    const days = backup.kind === 'archive' ? retention.archiveDays : retention.snapshotDays
    const rows = taken.facts.tables.reduce((sum, table) => sum + table.rows, 0)
    await scope.assertHeld()
    await recordOutcome(scope, backup, 'backups.take', {
      values: {
        ...taken,
        status,
        error: suspicion,
        verifiedAt: new Date(),
        durationMs: Date.now() - startedAt,
        expiresAt: new Date(taken.takenAt.getTime() + days * dayMs),
      },
      error: suspicion,
      also: async (tx) => {
        if (copy) await finishCopy(tx, copy, taken.sizeBytes)
      },
      detail: { rows, sizeBytes: taken.sizeBytes, verification: taken.verification },
    })
    if (!suspicion) await makeRoom(scope, backup.targetId)
    return {
      backupId,
      status,
      verification: taken.verification,
      rows,
      tables: taken.facts.tables.length,
      sizeBytes: taken.sizeBytes,
    }
  } catch (error) {
    const cause = explainFailure(causeOf(scope, error))
    if (!isTakenOver(cause)) {
      const failure = recordedError(cause)
      await recordOutcome(scope, backup, 'backups.take', {
        values: { status: 'failed', error: failure, durationMs: Date.now() - startedAt },
        error: failure,
      })
    }
    throw cause
  }
}
