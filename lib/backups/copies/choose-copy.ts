import { and, eq, inArray, max } from 'drizzle-orm'
import { backupCopies, drills } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import { listPresentCopies, type PresentCopy } from '#lib/backups/copies/find-copy.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** When a copy in each of these stores was last drilled for the target, whatever came of it. */
async function lastDrills(
  db: DbOrTx,
  targetId: string,
  storeNames: readonly string[],
): Promise<Map<string, Date>> {
  const rows = await db
    .select({ store: archiveStores.name, at: max(drills.createdAt) })
    .from(drills)
    .innerJoin(backupCopies, eq(backupCopies.id, drills.copyId))
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(and(eq(drills.targetId, targetId), inArray(archiveStores.name, storeNames as string[])))
    .groupBy(archiveStores.name)
  return new Map(rows.flatMap(({ store, at }) => (at ? [[store, at] as const] : [])))
}

export interface CopyChoice {
  /** Only the copy in this store. */
  storeName?: string | undefined
  /** The store whose turn it is, so that after as many drills as there are stores each one's copies were restored. */
  rotate?: boolean
}

/** The copy of an archive that a drill restores: by default the best one. Null: there is no good one there. */
export async function chooseCopy(
  db: DbOrTx,
  backup: { id: string; targetId: string },
  { storeName, rotate }: CopyChoice,
): Promise<PresentCopy | null> {
  const good = (await listPresentCopies(db, backup.id)).filter(
    (copy) => copy.status === 'good' && (!storeName || copy.storeName === storeName),
  )
  if (!rotate || good.length < 2) return good[0] ?? null
  const last = await lastDrills(
    db,
    backup.targetId,
    good.map((copy) => copy.storeName),
  )
  const waitedSince = (copy: PresentCopy): number => last.get(copy.storeName)?.getTime() ?? 0
  return good.toSorted((a, b) => waitedSince(a) - waitedSince(b))[0]!
}
