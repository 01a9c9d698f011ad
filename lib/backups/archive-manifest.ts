import { timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { archivePlace, writeDurably } from '#lib/backups/archive-files.ts'
import type { ArchiveManifest, SignedArchiveManifest } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { KeyRing } from '#lib/keys.ts'

const purpose = 'archive-manifest'

/** The key of the archives' own HMAC; streams use it directly. */
export const archiveMacKey = (keys: KeyRing): Buffer => keys.derive('archive-bytes')

/** Signs a manifest and writes it beside its archive. */
export async function writeManifest(
  keys: KeyRing,
  manifest: SignedArchiveManifest['manifest'],
): Promise<void> {
  const place = archivePlace(manifest.targetId, manifest.backupId)
  const signed: SignedArchiveManifest = {
    manifest,
    keyId: keys.keyId,
    mac: keys.mac(purpose, JSON.stringify(manifest)),
  }
  await writeDurably(place.manifest, JSON.stringify(signed, null, 1))
}

export const sameHex = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return left.length > 0 && left.length === right.length && timingSafeEqual(left, right)
}

export const archiveDamaged = (message: string, cause?: unknown): AppError =>
  new AppError('archive-damaged', message, {
    hint: 'Do not restore from it. Take a new archive, and use an older one meanwhile.',
    cause,
  })

/**
 * The manifest of an archive, believed only because its MAC is ours and it names this very backup.
 * Throws AppError `archive-damaged` or `archive-other-key`.
 */
export async function readManifest(
  keys: KeyRing,
  backup: { id: string; targetId: string },
): Promise<ArchiveManifest & { facts: Facts }> {
  const place = archivePlace(backup.targetId, backup.id)
  const text = await readFile(place.manifest, 'utf8').catch((cause) => {
    throw archiveDamaged('The archive’s manifest is missing.', cause)
  })
  let signed: Partial<SignedArchiveManifest>
  try {
    signed = JSON.parse(text) as Partial<SignedArchiveManifest>
  } catch (cause) {
    throw archiveDamaged('The archive’s manifest cannot be read.', cause)
  }
  const { manifest, keyId, mac } = signed ?? {}
  if (typeof keyId === 'string' && keyId !== keys.keyId) {
    throw new AppError('archive-other-key', 'The archive was signed with another key than the one at hand.', {
      hint: 'Start with the HOLDFAST_KEY that it was taken with.',
    })
  }
  // Numbers and key order survive parsing, so the same JSON comes out again.
  if (typeof mac !== 'string' || !manifest || !sameHex(mac, keys.mac(purpose, JSON.stringify(manifest)))) {
    throw archiveDamaged('The archive’s manifest was changed after it was signed.')
  }
  if (manifest.backupId !== backup.id || manifest.targetId !== backup.targetId) {
    throw archiveDamaged('The manifest belongs to another archive.')
  }
  return manifest
}
