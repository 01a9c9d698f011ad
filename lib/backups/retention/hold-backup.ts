import { eq, sql } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { holdBackupInput } from '#lib/backups/input.ts'
import { getBackup } from '#lib/backups/queries.ts'
import { lockRetention } from '#lib/backups/retention/freeze-retention.ts'
import { refuse } from '#lib/errors.ts'
import { defineVerb } from '#lib/verb.ts'

/** Keeps a backup from expiring, whatever the retention says, until it is released. Safe to repeat: the last reason stands. */
export const holdBackup = defineVerb({
  action: 'backups.hold',
  input: holdBackupInput,
  async act({ tx, actorText }, { backupId, reason }) {
    const { targetId } = await getBackup(tx, backupId)
    // A deletion that is being decided right now is waited for; what it decided is then seen.
    await lockRetention(tx, targetId)
    const backup = await getBackup(tx, backupId)
    if (backup.status === 'expiring' || backup.status === 'expired') {
      return refuse(
        'backup-expired',
        backup.status === 'expired' ? 'This backup is deleted.' : 'The deletion of this backup has begun.',
        `Hold another one: holdfast backups list ${backup.targetName}`,
      )
    }
    if (!backup.takenAt) {
      return refuse('backup-not-finished', `This backup is ${backup.status}: there is nothing to hold.`)
    }
    await tx
      .update(backups)
      .set({ heldAt: sql`now()`, heldBy: actorText, holdReason: reason })
      .where(eq(backups.id, backupId))
    return {
      value: { backupId, held: true as const },
      audit: { subject: `backup:${backupId}`, target: backup.targetName, reason },
      changed: ['backups'],
    }
  },
})
