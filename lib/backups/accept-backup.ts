import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { acceptBackupInput } from '#lib/backups/input.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/** Declares a suspicious backup good, because a person knows why it shrank; later ones are measured against it. Safe to repeat. */
export const acceptBackup = defineVerb({
  action: 'backups.accept',
  input: acceptBackupInput,
  async act({ tx }, { backupId, reason }) {
    const backup = await getBackup(tx, backupId)
    if (backup.status !== 'suspicious' || backup.error?.code !== 'suspicious') {
      return refuse(
        'backup-not-suspicious',
        `This backup is ${backup.status}; only one that shrank can be accepted.`,
        'What a drill or a verification found bad stays bad.',
      )
    }
    await tx.update(backups).set({ status: 'good', error: null }).where(eq(backups.id, backupId))
    return {
      value: { backupId, status: 'good' as const },
      audit: { subject: `backup:${backupId}`, target: backup.targetName, reason },
      changed: ['backups'],
    }
  },
})
