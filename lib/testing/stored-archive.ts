import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Manifest, signManifest } from '#lib/backups/archives/archive-manifest.ts'
import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import type { BackupDetails } from '#lib/backups/types.ts'
import type { KeyRing } from '#lib/keys.ts'

/** Where an archive's three files lie in the default store of a test's data directory. */
export function storedFiles(
  data: string,
  backup: Pick<BackupDetails, 'location'>,
): { archive: string; globals: string; manifest: string } {
  const keys = archiveKeysAt(stemOf(backup.location!))
  const at = (key: string) => join(data, 'archives', key)
  return { archive: at(keys.archive), globals: at(keys.globals), manifest: at(keys.manifest) }
}

/** Changes a manifest and signs it anew: what only a holder of the key can do. */
export function resignManifest(path: string, keys: KeyRing, change: Partial<Manifest>): void {
  const { manifest } = JSON.parse(readFileSync(path, 'utf8')) as { manifest: Manifest }
  writeFileSync(path, signManifest(keys, { ...manifest, ...change }))
}
