import { and, eq, inArray, notInArray } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import type { StoreCatalogue } from '#lib/backups/copies/store-catalogue.ts'
import type { RecordedError } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import { announceChanges } from '#lib/db/changes.ts'

const gone: RecordedError = {
  code: 'archive-missing',
  message: 'The store has no such archive (any more).',
  hint: 'It may have expired after these records were archived.',
}

/**
 * Brings records that were restored from an archive in line with a store: a copy that is not there is missing, and a backup
 * without any other is not good. Safe to repeat.
 */
export async function markMissing(ctx: Ctx, storeId: string, catalogue: StoreCatalogue): Promise<string[]> {
  const there = new Set(catalogue.targets.flatMap(({ archives }) => archives.map(({ backupId }) => backupId)))
  return ctx.db.transaction(async (tx) => {
    const copies = await tx
      .select({ id: backupCopies.id, backupId: backupCopies.backupId })
      .from(backupCopies)
      .where(and(eq(backupCopies.storeId, storeId), eq(backupCopies.status, 'good')))
    const lost = copies.filter(({ backupId }) => !there.has(backupId))
    if (lost.length === 0) return []
    const lostIds = lost.map(({ backupId }) => backupId)
    await tx
      .update(backupCopies)
      .set({ status: 'missing', error: gone })
      .where(
        inArray(
          backupCopies.id,
          lost.map(({ id }) => id),
        ),
      )
    const elsewhere = await tx
      .select({ backupId: backupCopies.backupId })
      .from(backupCopies)
      .where(and(inArray(backupCopies.backupId, lostIds), eq(backupCopies.status, 'good')))
    const only = [...new Set(elsewhere.map(({ backupId }) => backupId))]
    await tx
      .update(backups)
      .set({ status: 'failed', verification: null, error: gone })
      .where(
        and(
          inArray(backups.id, lostIds),
          inArray(backups.status, ['good', 'suspicious']),
          only.length > 0 ? notInArray(backups.id, only) : undefined,
        ),
      )
    await announceChanges(tx, ['backups'])
    return lostIds
  })
}
