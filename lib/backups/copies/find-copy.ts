import { and, asc, eq, inArray } from 'drizzle-orm'
import { backupCopies, backups } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { archiveKeysAt, archiveStem } from '#lib/backups/archives/archive-names.ts'
import type { Verification } from '#lib/backups/types.ts'
import type { DbOrTx } from '#lib/db/client.ts'
import { notFound } from '#lib/errors.ts'

/** Where archives lay before there were stores; not imported, because the web may ask for copies but opens no store. */
const oldStoreName = 'local'

/** One archive in one store, as far as it is there to be opened. */
export interface PresentCopy {
  /** Null for an archive from before there were stores: it lies in the default one, and has no row yet. */
  id: string | null
  storeName: string
  /** Of the archive; its manifest and globals lie beside it. */
  key: string
  status: typeof backupCopies.$inferSelect.status
  verification: Verification | null
}

/** Local ones first, and those that are known to be bad last. */
const inOrder = (a: PresentCopy & { kind: string }, b: PresentCopy & { kind: string }): number =>
  Number(a.status !== 'good') - Number(b.status !== 'good') ||
  Number(a.kind !== 'local') - Number(b.kind !== 'local')

/** The copies of a backup that may be there, the best to read first. Unfinished and deleted ones are not. */
export async function listPresentCopies(db: DbOrTx, backupId: string): Promise<PresentCopy[]> {
  const rows = await db
    .select({
      id: backupCopies.id,
      storeName: archiveStores.name,
      kind: archiveStores.kind,
      key: backupCopies.key,
      status: backupCopies.status,
      verification: backupCopies.verification,
    })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(
      and(eq(backupCopies.backupId, backupId), inArray(backupCopies.status, ['good', 'damaged', 'missing'])),
    )
    .orderBy(asc(backupCopies.createdAt))
  if (rows.length > 0) return rows.sort(inOrder).map(({ kind: _, ...copy }) => copy)
  const [old] = await db
    .select({ targetId: backups.targetId, location: backups.location })
    .from(backups)
    .leftJoin(backupCopies, eq(backupCopies.backupId, backups.id))
    .where(and(eq(backups.id, backupId), eq(backups.kind, 'archive')))
  const { archive } = archiveKeysAt(archiveStem(old?.targetId ?? '', backupId, 1), 1)
  if (old?.location !== archive) return []
  return [{ id: null, storeName: oldStoreName, key: archive, status: 'good', verification: null }]
}

/**
 * The copies to read, in the order to try them: those in one store when it is named. Throws AppError `copy-not-found`.
 */
export async function requireCopies(
  db: DbOrTx,
  backupId: string,
  storeName?: string,
): Promise<[PresentCopy, ...PresentCopy[]]> {
  const all = await listPresentCopies(db, backupId)
  const [first, ...others] = storeName ? all.filter((copy) => copy.storeName === storeName) : all
  if (first) return [first, ...others]
  throw notFound(
    'copy',
    storeName ? `${backupId} in ${storeName}` : backupId,
    'See where it is: holdfast backups show ID',
  )
}
