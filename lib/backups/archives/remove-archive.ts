import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

/**
 * Removes an archive from one store: its manifest first, so that what is left of it is no archive any more. `key` is the
 * name of any of its objects. Safe to repeat. Throws when something stayed (unreachable store, object lock).
 */
export async function removeArchive(store: ArchiveStore, key: string): Promise<void> {
  const stem = stemOf(key)
  const { manifest, archive, globals } = archiveKeysAt(stem)
  await store.remove(manifest)
  for (const name of [archive, archiveKeysAt(stem, 1).archive, globals]) await store.remove(name)
}
