import { backups } from '#drizzle/schema/backups.ts'
import { type TakeBackupResult, takeBackup } from '#lib/backups/take-backup.ts'
import type { BackupKind, BackupPurpose } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { TableName } from '#lib/sql/identifier.ts'

export interface TakeBackupNow {
  targetId: string
  kind: BackupKind
  purpose: BackupPurpose
  /** Snapshot: exactly these tables instead of the protected ones. */
  tables?: TableName[]
}

/**
 * Takes a backup as a part of other work, such as the safety backup before a restore, and returns when it is done.
 * Not safe to repeat: each call takes another one. An archive waits for the target, so who holds it alone takes snapshots.
 */
export async function takeBackupNow(
  scope: JobScope,
  { targetId, kind, purpose, tables }: TakeBackupNow,
): Promise<TakeBackupResult> {
  const requestedBy = formatActor(scope.ctx.actor)
  const [backup] = await scope.ctx.db
    .insert(backups)
    .values({ targetId, kind, purpose, requestedBy, jobRunId: scope.jobRunId })
    .returning({ id: backups.id })
  return takeBackup(scope, { backupId: backup!.id, ...(tables ? { tables } : {}) })
}
