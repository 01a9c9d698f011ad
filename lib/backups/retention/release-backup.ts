import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { releaseBackupInput } from '#lib/backups/input.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/** Gives a held backup back to the retention, which may then delete it. Refused when it is not held. */
export const releaseBackup = defineVerb({
  action: 'backups.release',
  input: releaseBackupInput,
  async act({ tx }, { backupId, reason }) {
    const backup = await getBackup(tx, backupId)
    const [row] = await tx
      .select({ heldAt: backups.heldAt, heldBy: backups.heldBy, holdReason: backups.holdReason })
      .from(backups)
      .where(eq(backups.id, backupId))
      .for('update')
    if (!row?.heldAt) return refuse('backup-not-held', 'Nobody holds this backup.')
    await tx
      .update(backups)
      .set({ heldAt: null, heldBy: null, holdReason: null })
      .where(eq(backups.id, backupId))
    return {
      value: { backupId, held: false as const },
      audit: {
        subject: `backup:${backupId}`,
        target: backup.targetName,
        reason: reason ?? null,
        detail: { heldBy: row.heldBy, holdReason: row.holdReason },
      },
      changed: ['backups'],
    }
  },
})
