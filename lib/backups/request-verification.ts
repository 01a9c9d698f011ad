import { requireCopies } from '#lib/backups/copies/find-copy.ts'
import { requestVerificationInput } from '#lib/backups/input.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { refuse } from '#lib/errors.ts'
import { requestJob } from '#lib/jobs/request-job.ts'
import { defineVerb } from '#lib/verb.ts'

/** Files the request to check a backup’s bytes again, in every store or in one; a worker does it. Safe to repeat. */
export const requestVerification = defineVerb({
  action: 'backups.verify',
  input: requestVerificationInput,
  async act({ tx, ctx }, { backupId, store }) {
    const backup = await getBackup(tx, backupId)
    if (!backup.manifest || backup.status === 'expired') {
      return refuse(
        'backup-not-there',
        `This backup is ${backup.status}: there is nothing to verify.`,
        `Take a new one: holdfast backups take ${backup.targetName} --kind ${backup.kind}`,
      )
    }
    if (backup.kind === 'archive') await requireCopies(tx, backupId, store)
    const jobRunId = await requestJob(ctx, tx, {
      kind: 'backups.verify',
      targetId: backup.targetId,
      payload: { backupId, ...(store ? { storeName: store } : {}) },
    })
    return {
      value: { backupId, jobRunId },
      audit: { subject: `backup:${backupId}`, target: backup.targetName },
      changed: ['backups', 'jobs'],
    }
  },
})
