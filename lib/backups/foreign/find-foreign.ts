import { archiveDamaged } from '#lib/backups/archives/archive-manifest.ts'
import { type ForeignCandidate, listCandidates } from '#lib/backups/foreign/foreign-layout.ts'
import { findForeignManifest, findForeignStore } from '#lib/backups/foreign/foreign-queries.ts'
import type { ForeignManifest } from '#lib/backups/foreign/record-foreign.ts'
import type { Ctx } from '#lib/context.ts'
import { notFound } from '#lib/errors.ts'
import { openStore } from '#lib/stores/open-store.ts'
import type { ArchiveStore, StoredObject } from '#lib/stores/types.ts'

export interface FoundForeign {
  store: ArchiveStore
  candidate: ForeignCandidate
  manifest: ForeignManifest
}

/** A foreign archive as it lies in its store now. Throws AppError `archive-damaged` when it is not there any more. */
export async function requireForeign(ctx: Ctx, backupId: string): Promise<FoundForeign> {
  const manifest = await findForeignManifest(ctx.db, backupId)
  const storeName = await findForeignStore(ctx.db, backupId)
  if (!manifest || !storeName) throw notFound('foreign archive', backupId)
  const store = await openStore(ctx, storeName)
  const objects: StoredObject[] = []
  if (manifest.layout === 'directory') {
    for await (const object of store.list(`${manifest.key}/`)) objects.push(object)
  } else {
    const object = await store.stat(manifest.key)
    if (object) objects.push(object)
  }
  const candidate = listCandidates(objects).find(({ key }) => key === manifest.key)
  if (!candidate) throw archiveDamaged('The archive is not there any more.')
  return { store, candidate, manifest }
}
