import {
  archiveDamaged,
  type Manifest,
  missingIsDamage,
  openManifest,
} from '#lib/backups/archives/archive-manifest.ts'
import { type ArchiveKeys, archiveKeysAt } from '#lib/backups/archives/archive-names.ts'
import { authenticateBytes, createDigest } from '#lib/backups/archives/authenticate-bytes.ts'
import type { StoredBytes } from '#lib/backups/types.ts'
import { AppError } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { JobScope } from '#lib/jobs/types.ts'
import type { KeyRing } from '#lib/keys.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

export interface Transfer {
  from: ArchiveStore
  to: ArchiveStore
  /** The common beginning of the names in each store. */
  sourceStem: string
  stem: string
  backup: { id: string; targetId: string }
}

const mostManifestBytes = 512 * 1024 * 1024

async function readWhole(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of content) {
    bytes += part.length
    if (bytes > mostManifestBytes) throw archiveDamaged('The archive’s manifest is too long to be one.')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** The manifest as it lies in the source: its very bytes are copied, and its signature goes with them. */
async function readSourceManifest(
  { from, sourceStem, backup }: Transfer,
  keys: KeyRing,
  signal: AbortSignal,
): Promise<{ text: Buffer; manifest: Manifest; ring: KeyRing }> {
  const text = await readWhole(from.read(archiveKeysAt(sourceStem).manifest, { signal })).catch(
    missingIsDamage('The archive’s manifest'),
  )
  const { manifest, ring } = openManifest(keys, text.toString('utf8'))
  if (manifest.backupId !== backup.id || manifest.targetId !== backup.targetId)
    throw archiveDamaged('The manifest belongs to another archive.')
  return { text, manifest, ring }
}

/** The source's bytes as they pass; fails at their end unless they are those of the manifest, before anything is published. */
async function* authenticOnTheWay(
  source: AsyncIterable<Buffer>,
  ring: KeyRing,
  expected: StoredBytes,
  onProgress: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const digest = createDigest(ring)
  let bytes = 0
  try {
    for await (const chunk of source) {
      digest.update(chunk)
      bytes += chunk.length
      if (bytes > expected.archiveBytes) break
      onProgress(bytes)
      yield chunk
    }
  } catch (error) {
    missingIsDamage('The archive’s file')(error)
  }
  if (bytes !== expected.archiveBytes || digest.end().mac !== expected.mac)
    throw archiveDamaged('The bytes to copy are not those that were written.')
}

/** What was written is not what was read: the store is at fault, not the archive. */
const differs = (store: ArchiveStore, cause: unknown): AppError =>
  new AppError('copy-differs', `“${store.name}” does not give back what was written to it.`, { cause })

async function transferObject(
  scope: JobScope,
  ring: KeyRing,
  { from, to }: Transfer,
  names: { source: string; target: string },
  expected: StoredBytes,
): Promise<void> {
  const { signal } = scope
  await scope.phase('copy', expected.archiveBytes)
  const content = authenticOnTheWay(from.read(names.source, { signal }), ring, expected, (bytes) =>
    scope.progress(bytes),
  )
  await to.write(names.target, content, {
    signal,
    expectedBytes: expected.archiveBytes,
    async verify(read) {
      await scope.phase('verify', expected.archiveBytes)
      await authenticateBytes(ring, expected, read(), (_, seen) => scope.progress(seen)).catch((error) => {
        throw error instanceof AppError && error.code === 'archive-damaged' ? differs(to, error) : error
      })
    },
  })
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content
}

/**
 * Copies the three objects of an archive from one store to another, the manifest last. Each is authenticated on its way and
 * again as it lies in the other store. Throws AppError `archive-damaged` when the source is bad, `copy-differs` when
 * the other store is, `store-unreachable`, `store-full`.
 */
export async function transferArchive(
  scope: JobScope,
  keys: KeyRing,
  transfer: Transfer,
): Promise<{ bytes: number; key: string }> {
  const { to } = transfer
  const { text, manifest, ring } = await readSourceManifest(transfer, keys, scope.signal)
  const at = (stem: string): ArchiveKeys => archiveKeysAt(stem, manifest.format)
  const [source, target] = [at(transfer.sourceStem), at(transfer.stem)]
  await transferObject(scope, ring, transfer, { source: source.archive, target: target.archive }, manifest)
  if (manifest.globals) {
    const globals = { source: source.globals, target: target.globals }
    await transferObject(scope, ring, transfer, globals, manifest.globals)
  }
  failPoint('backups.before-copied-manifest')
  await scope.assertHeld()
  await to.write(target.manifest, once(text), {
    signal: scope.signal,
    async verify(read) {
      if (!(await readWhole(read())).equals(text)) throw differs(to, null)
    },
  })
  failPoint('backups.after-copied-manifest')
  return { bytes: manifest.archiveBytes, key: target.archive }
}
