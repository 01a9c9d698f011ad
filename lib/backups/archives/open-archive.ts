import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createZstdDecompress } from 'node:zlib'
import { decryptAge } from '#lib/backups/archives/age-file.ts'
import { archiveIdentity } from '#lib/backups/archives/archive-identity.ts'
import {
  archiveDamaged,
  type Manifest,
  missingIsDamage,
  readManifest,
} from '#lib/backups/archives/archive-manifest.ts'
import { archiveKeysAt, stemOf } from '#lib/backups/archives/archive-names.ts'
import { authenticateBytes } from '#lib/backups/archives/authenticate-bytes.ts'
import type { StoredBytes } from '#lib/backups/types.ts'
import { ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import type { KeyRing } from '#lib/keys.ts'
import { untilDrained } from '#lib/servers/until-drained.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

export interface OpenOptions {
  signal: AbortSignal
  /** While every byte is authenticated, before `openArchive` returns. */
  onProgress?: (bytes: number, total: number) => void
}

export interface OpenArchive {
  manifest: Manifest
  /** The key that made it, current or earlier. */
  keyId: string
  /** The stored bytes, authentic. May be called several times. */
  read(): AsyncGenerator<Buffer>
  /** What pg_dump wrote, authentic, decrypted and decompressed. May be called several times. */
  readDump(): AsyncGenerator<Buffer>
  /** Roles, memberships and settings of the cluster as SQL; null when the archive has none. */
  readGlobals(): Promise<string | null>
  /** Forgets what was kept for it. Safe to repeat. */
  close(): Promise<void>
}

const spoolChunkBytes = 1 << 20

/**
 * A file in the data directory for the bytes of a remote archive: authenticated while they arrive, read from here after
 * that. It has no name any more as soon as it is open, so that a killed process leaves nothing.
 */
async function openSpool(): Promise<FileHandle> {
  const directory = join(ensureDataDirectory(), 'spool')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, randomBytes(8).toString('hex'))
  const file = await open(path, 'wx+', 0o600)
  await rm(path, { force: true })
  return file
}

async function* readSpool(file: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let position = 0; ; ) {
    signal.throwIfAborted()
    const buffer = Buffer.allocUnsafe(spoolChunkBytes)
    const { bytesRead } = await file.read(buffer, 0, spoolChunkBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

async function writeSpool(file: FileHandle, block: Buffer): Promise<void> {
  try {
    await file.writeFile(block)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause
    throw new AppError('disk-full', 'The data directory has no room for a copy of the archive.', {
      kind: 'unavailable',
      hint: 'Free space in the data directory; a remote archive is fetched there before it is opened.',
      cause,
    })
  }
}

/** Decompresses, and stops beyond the recorded size: a few bytes of zstd can become terabytes. Fails when it ends before. */
async function* decompress(compressed: AsyncIterable<Buffer>, rawBytes: number): AsyncGenerator<Buffer> {
  // Larger pieces than the usual 16 KiB: a quarter less work for what comes after.
  const stream = createZstdDecompress({ chunkSize: 1 << 18 })
  const feed = (async () => {
    for await (const chunk of compressed) {
      if (stream.destroyed) return
      if (!stream.write(chunk)) await untilDrained(stream)
    }
    stream.end()
  })().catch((error) => stream.destroy(error))
  let seen = 0
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      seen += chunk.length
      if (seen > rawBytes) throw archiveDamaged('The archive holds more than its manifest says.')
      yield chunk
    }
    if (seen !== rawBytes) throw archiveDamaged('The archive holds less than its manifest says.')
  } catch (error) {
    if (error instanceof AppError || (error as Error).name === 'AbortError') throw error
    throw archiveDamaged('The archive cannot be decrypted or decompressed.', error)
  } finally {
    stream.destroy()
    await feed
  }
}

/** What was dumped, from authentic stored bytes. */
export const openStored = (
  stored: AsyncIterable<Buffer>,
  { rawBytes, format }: Pick<StoredBytes, 'rawBytes'> & { format?: 1 | 2 },
  identities: readonly string[],
): AsyncGenerator<Buffer> => decompress(format === 1 ? stored : decryptAge(identities, stored), rawBytes)

const toText = async (parts: AsyncIterable<Buffer>): Promise<string> => {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all).toString('utf8')
}

/**
 * Opens the archive whose manifest has this name, with nothing but its store and the keys: no database is needed. Every
 * byte has been authenticated when it returns, before any PostgreSQL tool sees one (a crafted archive can run code in
 * pg_restore), and is held against that when it is read. A remote archive is fetched once. Close it afterwards.
 * Throws AppError `archive-damaged`, `archive-other-key` (naming both), `store-unreachable`.
 */
export async function openArchive(
  store: ArchiveStore,
  keys: KeyRing,
  manifestKey: string,
  { signal, onProgress }: OpenOptions,
): Promise<OpenArchive> {
  const { manifest, ring } = await readManifest(store, keys, manifestKey, signal)
  const names = archiveKeysAt(stemOf(manifestKey), manifest.format)
  const spool = store.kind === 'local' ? null : await openSpool()
  const identities = [archiveIdentity(ring)]
  const reading = (key: string) => store.read(key, { signal })
  const close = async () => {
    await spool?.close().catch(() => {})
  }
  try {
    const authentic = await authenticateBytes(ring, manifest, reading(names.archive), async (block, seen) => {
      if (spool) await writeSpool(spool, block)
      onProgress?.(seen, manifest.archiveBytes)
    }).catch(missingIsDamage('The archive’s file'))
    const read = () => authentic.read(spool ? readSpool(spool, signal) : reading(names.archive))
    return {
      manifest,
      keyId: ring.keyId,
      read,
      readDump: () => openStored(read(), manifest, identities),
      async readGlobals() {
        const { globals } = manifest
        if (!globals) return null
        const parts: Buffer[] = []
        await authenticateBytes(ring, globals, reading(names.globals), (block) => {
          parts.push(block)
        }).catch(missingIsDamage('The archive’s file of globals'))
        const stored = async function* () {
          yield* parts
        }
        return toText(openStored(stored(), globals, identities))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
