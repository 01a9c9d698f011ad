import { createHash, createHmac } from 'node:crypto'
import { constants, type FileHandle, open } from 'node:fs/promises'
import { archivePlace } from '#lib/backups/archive-files.ts'
import { archiveDamaged, archiveMacKey, readManifest, sameHex } from '#lib/backups/archive-manifest.ts'
import type { ArchiveManifest } from '#lib/backups/types.ts'
import type { Ctx } from '#lib/context.ts'
import { AppError } from '#lib/errors.ts'
import type { Facts } from '#lib/facts/types.ts'
import type { KeyRing } from '#lib/keys.ts'

/** Hash and MAC of everything that passes through. */
export function createDigest(keys: KeyRing) {
  const hash = createHash('sha256')
  const hmac = createHmac('sha256', archiveMacKey(keys))
  let bytes = 0
  return {
    update(chunk: Uint8Array): void {
      bytes += chunk.length
      hash.update(chunk)
      hmac.update(chunk)
    },
    end: () => ({ bytes, sha256: hash.digest('hex'), mac: hmac.digest('hex') }),
  }
}

export interface AuthenticArchive {
  manifest: ArchiveManifest & { facts: Facts }
  /** The archive's bytes once more, hashed again on the way; fails after the last when they are no longer the same. */
  read(): AsyncGenerator<Buffer>
}

export function requireKeys(ctx: Ctx): KeyRing {
  if (ctx.keys) return ctx.keys
  throw new AppError('key-not-here', 'This process may not open archives.', {
    hint: 'Archives are opened by the worker and the CLI only.',
  })
}

async function openArchive(path: string): Promise<FileHandle> {
  try {
    // A link could lead out of the store.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (cause) {
    throw archiveDamaged('The archive’s file is missing.', cause)
  }
  throw archiveDamaged('The archive is not a file.')
}

const chunkBytes = 1 << 20

async function* readChunks(file: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/**
 * Opens an archive whose every byte was checked against its signed manifest before `work` sees any of them: an
 * archive that somebody crafted can run code in pg_restore. The same open file is read again, hashed again, by `work`.
 * Throws AppError `archive-damaged` or `archive-other-key`.
 */
export async function withAuthenticArchive<T>(
  ctx: Ctx,
  backup: { id: string; targetId: string },
  options: { signal: AbortSignal; onProgress?: (bytes: number, total: number) => void },
  work: (archive: AuthenticArchive) => Promise<T>,
): Promise<T> {
  const keys = requireKeys(ctx)
  const manifest = await readManifest(keys, backup)
  const file = await openArchive(archivePlace(backup.targetId, backup.id).archive)
  const assertSame = (found: { bytes: number; sha256: string; mac: string }): void => {
    if (found.bytes !== manifest.archiveBytes)
      throw archiveDamaged(`The archive has ${found.bytes} bytes instead of ${manifest.archiveBytes}.`)
    if (!sameHex(found.sha256, manifest.sha256) || !sameHex(found.mac, manifest.mac))
      throw archiveDamaged('The archive’s bytes are not those that were written.')
  }
  try {
    const digest = createDigest(keys)
    let seen = 0
    for await (const chunk of readChunks(file, options.signal)) {
      digest.update(chunk)
      seen += chunk.length
      options.onProgress?.(seen, manifest.archiveBytes)
    }
    assertSame(digest.end())
    return await work({
      manifest,
      async *read() {
        const again = createDigest(keys)
        for await (const chunk of readChunks(file, options.signal)) {
          again.update(chunk)
          yield chunk
        }
        assertSame(again.end())
      },
    })
  } finally {
    await file.close()
  }
}
