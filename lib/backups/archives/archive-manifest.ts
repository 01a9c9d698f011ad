import { timingSafeEqual } from 'node:crypto'
import { requireKeyRing } from '#lib/backups/archives/archive-identity.ts'
import { readArchiveKey } from '#lib/backups/archives/archive-names.ts'
import type { SignedArchiveManifest } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

const purpose = 'archive-manifest'
/** Facts of two hundred thousand tables stay below it; what is longer was not written by us. */
const mostManifestBytes = 512 * 1024 * 1024

export type Manifest = SignedArchiveManifest['manifest']

/** The key of the archives' own HMAC; streams use it directly. */
export const archiveMacKey = (keys: KeyRing): Buffer => keys.derive('archive-bytes')

export const sameHex = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right)
}

export const archiveDamaged = (message: string, cause?: unknown): AppError =>
  new AppError('archive-damaged', message, {
    hint: 'Do not restore from it. Take a new archive, and use an older one meanwhile.',
    cause,
  })

/** True when the store answered that an object of the archive is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof AppError && error.cause instanceof AppError && error.cause.code === 'store-object-missing'

/** Turns “there is no such object” into damage; an unreachable store stays what it is. */
export const missingIsDamage =
  (what: string) =>
  (error: unknown): never => {
    if (error instanceof AppError && error.code === 'store-object-missing')
      throw archiveDamaged(`${what} is missing.`, error)
    throw error
  }

/** A manifest as it is written into a store, signed with the current key. */
export function signManifest(keys: KeyRing, manifest: Manifest): string {
  const mac = keys.mac(purpose, JSON.stringify(manifest))
  return JSON.stringify({ manifest, keyId: keys.keyId, mac } satisfies SignedArchiveManifest, null, 1)
}

/**
 * A signed manifest, believed only because its MAC is ours, with the key that made it.
 * Throws AppError `archive-damaged` or `archive-other-key`.
 */
export function openManifest(keys: KeyRing, text: string): { manifest: Manifest; ring: KeyRing } {
  let signed: Partial<SignedArchiveManifest> | null
  try {
    signed = JSON.parse(text) as Partial<SignedArchiveManifest> | null
  } catch (cause) {
    throw archiveDamaged('The archive’s manifest cannot be read.', cause)
  }
  const { manifest, keyId, mac } = signed ?? {}
  if (typeof keyId !== 'string' || typeof mac !== 'string' || !manifest)
    throw archiveDamaged('The archive’s manifest is not one.')
  const ring = requireKeyRing(keys, keyId)
  // Numbers and key order survive parsing, so the same JSON comes out again.
  if (!sameHex(mac, ring.mac(purpose, JSON.stringify(manifest))))
    throw archiveDamaged('The archive’s manifest was changed after it was signed.')
  return { manifest, ring }
}

/**
 * Reads the manifest of this name from a store. It must be signed by a key at hand and belong to the archive whose name
 * it has. Throws AppError `archive-damaged`, `archive-other-key` or `store-unreachable`.
 */
export async function readManifest(
  store: ArchiveStore,
  keys: KeyRing,
  manifestKey: string,
  signal: AbortSignal,
): Promise<{ manifest: Manifest; ring: KeyRing }> {
  const named = readArchiveKey(manifestKey)
  if (!named?.isManifest) throw archiveDamaged('This is not the name of an archive’s manifest.')
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of store.read(manifestKey, { signal })) {
      bytes += chunk.length
      if (bytes > mostManifestBytes) throw archiveDamaged('The archive’s manifest is too long to be one.')
      chunks.push(chunk)
    }
  } catch (error) {
    missingIsDamage('The archive’s manifest')(error)
  }
  const opened = openManifest(keys, Buffer.concat(chunks).toString('utf8'))
  const { backupId, targetId } = opened.manifest
  if (backupId !== named.backupId || targetId !== named.targetId)
    throw archiveDamaged('The manifest belongs to another archive.')
  return opened
}
