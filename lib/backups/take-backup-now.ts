import { backups } from '#drizzle/schema/backups.ts'
import { type TakeBackupResult, takeBackup } from '#lib/backups/take-backup.ts'
import type { BackupKind, BackupPurpose } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { TableName } from '#lib/sql/identifier.ts'

/**
 * Takes a backup inside work that is already running (a restore's safety copy, a validation's archive), under that
 * work's lease and progress. Each call takes one more.
 */
export async function takeBackupNow(
  scope: JobScope,
  request: { targetId: string; kind: BackupKind; purpose: BackupPurpose; tables?: TableName[] },
): Promise<TakeBackupResult> {
  const { tables, ...row } = request
  const [backup] = await scope.ctx.db
    .insert(backups)
    .values({ ...row, requestedBy: formatActor(scope.ctx.actor), jobRunId: scope.jobRunId })
    .returning({ id: backups.id })
  return takeBackup(scope, { backupId: backup!.id, ...(tables ? { tables } : {}) })
}
