import { and, desc, eq } from 'drizzle-orm'
import { backupCopies, backups, foreignArchives } from '#drizzle/schema/backups.ts'
import { archiveStores } from '#drizzle/schema/stores.ts'
import type { ForeignManifest } from '#lib/backups/foreign/record-foreign.ts'
import type { DbOrTx } from '#lib/db/client.ts'

/** What was recorded of a foreign archive at first sight. Null for any other backup. */
export async function findForeignManifest(db: DbOrTx, backupId: string): Promise<ForeignManifest | null> {
  const [row] = await db
    .select({ manifest: backups.manifest })
    .from(backups)
    .where(and(eq(backups.id, backupId), eq(backups.origin, 'foreign')))
  return (row?.manifest as ForeignManifest | undefined) ?? null
}

/** The store that a foreign archive lies in, by its name. */
export async function findForeignStore(db: DbOrTx, backupId: string): Promise<string | null> {
  const [row] = await db
    .select({ name: archiveStores.name })
    .from(backupCopies)
    .innerJoin(archiveStores, eq(archiveStores.id, backupCopies.storeId))
    .where(eq(backupCopies.backupId, backupId))
  return row?.name ?? null
}

export interface ForeignSighting {
  store: string
  key: string
  layout: string
  status: string
  problem: string | null
  sizeBytes: number
  modifiedAt: Date
  firstSeenAt: Date
  backupId: string | null
}

/** What was seen of others' archives of a target, also what is not a backup (yet) and why. Newest first. */
export const listForeignSightings = (db: DbOrTx, targetId: string): Promise<ForeignSighting[]> =>
  db
    .select({
      store: archiveStores.name,
      key: foreignArchives.key,
      layout: foreignArchives.layout,
      status: foreignArchives.status,
      problem: foreignArchives.problem,
      sizeBytes: foreignArchives.sizeBytes,
      modifiedAt: foreignArchives.modifiedAt,
      firstSeenAt: foreignArchives.firstSeenAt,
      backupId: foreignArchives.backupId,
    })
    .from(foreignArchives)
    .innerJoin(archiveStores, eq(archiveStores.id, foreignArchives.storeId))
    .where(eq(foreignArchives.targetId, targetId))
    .orderBy(desc(foreignArchives.modifiedAt))
    .limit(500)
