import { eq } from 'drizzle-orm'
import { backups } from '#drizzle/schema/backups.ts'
import { appendAudit } from '#lib/audit/append-audit.ts'
import { removeArchiveFiles } from '#lib/backups/archive-files.ts'
import { dropSnapshot } from '#lib/backups/drop-snapshot.ts'
import { tryPinAlone } from '#lib/backups/pin-backup.ts'
import { hasUnfinishedDrill, listBackups } from '#lib/backups/queries.ts'
import { planExpiry } from '#lib/backups/retention.ts'
import type { Backup } from '#lib/backups/types.ts'
import { formatActor } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'
import { messageOf } from '#lib/errors.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import { log } from '#lib/log.ts'
import { withTarget } from '#lib/targets/open-target.ts'
import { getPolicy } from '#lib/targets/queries.ts'

const everyBackup = 10_000

async function removeContent(scope: JobScope, backup: Backup): Promise<void> {
  if (backup.kind === 'archive') return removeArchiveFiles(backup.targetId, backup.id)
  await withTarget(scope.ctx, backup.targetId, 'guard', { purpose: 'expire snapshot' }, ({ sql }) =>
    dropSnapshot(sql, backup.location ?? ''),
  )
}

/**
 * Removes the backups that the retention no longer keeps; one in use, or one that cannot be removed now, stays listed
 * and is tried again next time. Safe to repeat.
 */
export async function expireBackups(scope: JobScope, targetId: string): Promise<string[]> {
  const { db, actor } = scope.ctx
  const policy = (await getPolicy(db, targetId)).document
  const all = await listBackups(db, { targetId, limit: everyBackup })
  const expired: string[] = []
  for (const id of planExpiry(all, policy.retention, new Date())) {
    const backup = all.find((one) => one.id === id)!
    if (await hasUnfinishedDrill(db, id)) continue
    try {
      await tryPinAlone(scope.ctx, id, async () => {
        await removeContent(scope, backup)
        await db.transaction(async (tx) => {
          await tx.update(backups).set({ status: 'expired' }).where(eq(backups.id, id))
          await announceChanges(tx, ['backups'])
          await appendAudit(tx, {
            actor: formatActor(actor),
            action: 'backups.expire',
            outcome: 'done',
            subject: `backup:${id}`,
            target: backup.targetName,
            detail: { kind: backup.kind, takenAt: backup.takenAt },
          })
        })
        expired.push(id)
      })
    } catch (error) {
      log.warn({ backupId: id, error: messageOf(error) }, 'a backup could not be removed; it is tried again')
    }
  }
  return expired
}
