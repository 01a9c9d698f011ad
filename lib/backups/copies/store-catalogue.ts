import { type Manifest, readManifest } from '#lib/backups/archives/archive-manifest.ts'
import { archiveKeysAt, readArchiveKey } from '#lib/backups/archives/archive-names.ts'
import type { ArchivedTarget } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

/** One archive of a store, as its authentic manifest says. Its bytes were not looked at. */
export interface CatalogueArchive {
  backupId: string
  targetId: string
  manifestKey: string
  archiveKey: string
  keyId: string
  takenAt: Date
  databaseName: string
  serverVersion: string
  serverVersionNumber: number
  sizeBytes: number
  rawBytes: number
  tables: number
  rows: number
}

/** A database that the store holds archives of, newest first. */
export interface CatalogueTarget extends ArchivedTarget {
  id: string
  databaseName: string
  /** The policy that was in force for its newest archive; null where the manifest does not say. */
  policy: unknown
  archives: CatalogueArchive[]
}

/** Something in the store that cannot be used, and why. It stands in nobody's way. */
export interface CatalogueProblem {
  key: string
  code: string
  message: string
}

export interface StoreCatalogue {
  targets: CatalogueTarget[]
  problems: CatalogueProblem[]
}

/** Manifests from before they said so name the database only. */
const targetOf = (manifest: Manifest): ArchivedTarget =>
  manifest.target ?? {
    name:
      manifest.databaseName
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/^[^a-z]+/, '') || 'restored',
    environment: 'production',
    kind: 'application',
    host: 'unknown',
    port: 5432,
  }

const byName = (a: CatalogueTarget, b: CatalogueTarget): number =>
  a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name)

/**
 * What a store holds, from its manifests alone: each is believed only because a key at hand signed it, and its archive must
 * lie beside it with the size that it says. Damaged and foreign ones are named and left out. Reads no archive.
 * Throws AppError `store-unreachable`.
 */
export async function readStoreCatalogue(
  store: ArchiveStore,
  keys: KeyRing,
  signal: AbortSignal,
): Promise<StoreCatalogue> {
  const sizes = new Map<string, number>()
  for await (const { key, bytes } of store.list('')) sizes.set(key, bytes)
  const targets = new Map<string, CatalogueTarget & { newest: number }>()
  const problems: CatalogueProblem[] = []
  for (const key of sizes.keys()) {
    signal.throwIfAborted()
    const named = readArchiveKey(key)
    if (!named?.isManifest) continue
    try {
      const { manifest, ring } = await readManifest(store, keys, key, signal)
      const { archive: archiveKey } = archiveKeysAt(named.stem, manifest.format)
      const found = sizes.get(archiveKey)
      if (found !== manifest.archiveBytes) {
        throw new AppError(
          'archive-damaged',
          found === undefined
            ? 'The archive’s file is missing.'
            : `The archive has ${found} bytes instead of ${manifest.archiveBytes}.`,
        )
      }
      const { targetId, databaseName } = manifest
      const takenAt = new Date(manifest.takenAt)
      const target = targets.get(targetId) ?? {
        ...targetOf(manifest),
        id: targetId,
        databaseName,
        policy: null,
        archives: [],
        newest: 0,
      }
      // Of a database that was renamed or moved, its newest archive says what it is.
      if (takenAt.getTime() > target.newest)
        Object.assign(target, targetOf(manifest), {
          databaseName,
          policy: manifest.policy ?? null,
          newest: takenAt.getTime(),
        })
      targets.set(targetId, target)
      target.archives.push({
        backupId: manifest.backupId,
        targetId,
        manifestKey: key,
        archiveKey,
        keyId: ring.keyId,
        takenAt,
        databaseName,
        serverVersion: manifest.serverVersion,
        serverVersionNumber: manifest.serverVersionNumber,
        sizeBytes: manifest.archiveBytes,
        rawBytes: manifest.rawBytes,
        tables: manifest.facts.tables.length,
        rows: manifest.facts.tables.reduce((sum, table) => sum + table.rows, 0),
      })
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'store-unreachable') throw error
      problems.push({ key, code: error.code, message: error.message })
    }
  }
  const all = [...targets.values()].map(({ newest: _, archives, ...target }) => ({
    ...target,
    archives: archives.sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime()),
  }))
  return { targets: all.sort(byName), problems }
}

/**
 * Throws AppError `archive-other-key` when everything in the store was made with keys that are not at hand: then the key is
 * wrong, not the store.
 */
export function assertKeyFits({ targets, problems }: StoreCatalogue, keys: KeyRing): void {
  const [first] = problems
  if (targets.length > 0 || !first || problems.some(({ code }) => code !== 'archive-other-key')) return
  throw new AppError(
    'archive-other-key',
    `The key at hand (${keys.keyId}) opens nothing here. ${first.message}`,
    {
      kind: 'refused',
      hint: 'Set HOLDFAST_KEY to the key that the archives were made with; its id is in the message.',
    },
  )
}
