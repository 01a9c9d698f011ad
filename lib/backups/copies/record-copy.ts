import { and, eq } from 'drizzle-orm'
import { backupCopies } from '#drizzle/schema/backups.ts'
import { removeArchive } from '#lib/backups/archives/remove-archive.ts'
import { recordedError } from '#lib/backups/record-outcome.ts'
import type { Ctx } from '#lib/context.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

/** Which archive is written to which store, under which name. */
export interface CopyRef {
  backupId: string
  storeId: string
  /** Of the archive; its manifest and globals lie beside it. */
  key: string
}

/** Only under this name: another attempt may have begun a copy of its own. */
const isOwn = ({ backupId, storeId, key }: CopyRef) =>
  and(eq(backupCopies.backupId, backupId), eq(backupCopies.storeId, storeId), eq(backupCopies.key, key))

/** Writes down where an archive is going to be, before its first byte. Safe to repeat; a new attempt takes the row over. */
export async function beginCopy({ db }: Ctx, copy: CopyRef): Promise<void> {
  const values = { ...copy, status: 'writing' as const, error: null, verification: null, verifiedAt: null }
  await db
    .insert(backupCopies)
    .values(values)
    .onConflictDoUpdate({ target: [backupCopies.backupId, backupCopies.storeId], set: values })
}

/** A copy that was written whole, read back and listed. In the transaction that makes its backup good. */
export async function finishCopy(tx: DbOrTx, copy: CopyRef, sizeBytes: number): Promise<void> {
  await tx
    .update(backupCopies)
    .set({ status: 'good', verification: 'listed', verifiedAt: new Date(), sizeBytes, error: null })
    .where(isOwn(copy))
}

/**
 * Removes what a failed attempt wrote under its own name. When the store does not let go of it, its removal stays
 * pending. Never throws: the failure that led here is the one to tell.
 */
export async function endFailedCopy(
  { db }: Ctx,
  store: ArchiveStore,
  copy: CopyRef,
  cause: unknown,
): Promise<void> {
  const removed = await removeArchive(store, copy.key).then(
    () => true,
    () => false,
  )
  await db
    .update(backupCopies)
    .set({ status: removed ? 'failed' : 'deleting', error: recordedError(cause) })
    .where(isOwn(copy))
    .catch(() => {})
}
