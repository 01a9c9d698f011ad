import { copyArchive } from '#lib/backups/copies/copy-archive.ts'
import { runDrill } from '#lib/backups/drills/run-drill.ts'
import { takeBackup } from '#lib/backups/take-backup.ts'
import { verifyBackup } from '#lib/backups/verify-backup.ts'
import type { JobHandlers } from '#lib/jobs/types.ts'

/** The handlers of this noun's jobs, without the rest of the worker. */
export const backupHandlers = {
  'backups.copy': (scope, payload) => copyArchive(scope, payload as { backupId: string; storeName: string }),
  'backups.take': (scope, payload) => takeBackup(scope, payload as { backupId: string }),
  'backups.verify': (scope, payload) => verifyBackup(scope, payload as { backupId: string }),
  'drills.run': (scope, payload) => runDrill(scope, payload as { drillId: string; storeName?: string }),
} as Partial<JobHandlers> as JobHandlers
