import { type Manifest, readManifest } from '#lib/backups/archives/archive-manifest.ts'
import {
  assertKeyFits,
  type CatalogueTarget,
  readStoreCatalogue,
} from '#lib/backups/copies/store-catalogue.ts'
import { AppError, notFound } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'
import type { TargetIdentity } from '#lib/targets/identify-target.ts'

export interface StoreTarget {
  target: CatalogueTarget
  /** Whether its newest archive came from this very database, as the servers say. */
  isSame: boolean
}

/**
 * Which of the databases that a store holds archives of the live one is: by name where a person said so, else by what the
 * server says of itself. Throws AppError `target-not-found` or `target-ambiguous`.
 */
export async function chooseStoreTarget(
  { store, keys, signal }: { store: ArchiveStore; keys: KeyRing; signal: AbortSignal },
  identity: TargetIdentity,
  name: string | null,
): Promise<StoreTarget> {
  const catalogue = await readStoreCatalogue(store, keys, signal)
  assertKeyFits(catalogue, keys)
  const targets = catalogue.targets.filter(
    ({ kind, archives }) => kind === 'application' && archives.length > 0,
  )
  const names = targets.map((target) => target.name).join(', ') || 'none'
  const judged: StoreTarget[] = []
  for (const target of targets) {
    const { manifest }: { manifest: Manifest } = await readManifest(
      store,
      keys,
      target.archives[0]!.manifestKey,
      signal,
    )
    judged.push({
      target,
      isSame:
        identity.systemIdentifier !== null &&
        manifest.systemIdentifier === identity.systemIdentifier &&
        target.databaseName === identity.databaseName,
    })
  }
  if (name) {
    const named = judged.find(({ target }) => target.name === name || target.id === name)
    if (named) return named
    throw notFound('target', name, `The store holds archives of: ${names}`)
  }
  const same = judged.filter(({ isSame }) => isSame)
  if (same.length === 1) return same[0]!
  throw new AppError(
    'target-ambiguous',
    same.length === 0
      ? `No archive in the store says that it came from this database (${identity.databaseName}).`
      : `${same.length} databases in the store say that they are this one.`,
    { kind: 'refused', hint: `Say which it is: --target NAME, one of: ${names}` },
  )
}
