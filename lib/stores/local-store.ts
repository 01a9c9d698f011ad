import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import {
  constants,
  type FileHandle,
  lstat,
  open,
  readdir,
  readFile,
  realpath,
  rm,
  statfs,
} from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import { makeDurableFolder, publishNewFile, syncDirectory, writeNewFile } from '#lib/stores/durable-files.ts'
import {
  assertKey,
  assertReadableKey,
  isCode,
  objectExists,
  objectMissing,
  storeFull,
  storeTaken,
  unreachable as unreachableStore,
} from '#lib/stores/store-errors.ts'
import type { ArchiveStore, StoredObject, WriteOptions } from '#lib/stores/types.ts'

/** Written into the root once; a mount that is missing lacks it, and another store has another one. */
export const markerName = '.holdfast-store'
const partialSuffix = '.partial'
const partialTail = `.00000000${partialSuffix}`.length
const chunkBytes = 1 << 20

const missing = (error: unknown): boolean => isCode(error, 'ENOENT', 'ENOTDIR')

const unreachable = (name: string, why: string, cause?: unknown) =>
  unreachableStore(
    name,
    why,
    cause,
    `Is the disk mounted, and may Holdfast read and write it? holdfast stores check ${name}`,
  )

/** A folder's keys begin with its name and a slash; sorted like this, keys come in their own order. */
const placeOf = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name)

async function* readChunks(file: FileHandle, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let position = from; ; ) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** The id in a directory's marker; null when there is none. */
export async function readMarker(root: string): Promise<string | null> {
  try {
    return (await readFile(join(root, markerName), { encoding: 'utf8', flag: 'r' })).trim()
  } catch (error) {
    if (missing(error)) return null
    throw error
  }
}

/** Marks a directory as this store, or recognises it. Throws AppError `store-taken` when it belongs to another. Safe to repeat. */
export async function claimDirectory(id: string, name: string, root: string): Promise<void> {
  try {
    await makeDurableFolder(root)
    const file = await open(join(root, markerName), 'wx', 0o600)
    try {
      await file.writeFile(`${id}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(root)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw unreachable(name, messageOf(error), error)
    const owner = await readMarker(root)
    if (owner !== id) throw storeTaken(root, owner ?? 'unreadable')
  }
}

/** A directory that keeps archives: files get their name after fsync, only when it is free, and the folder is synced after that. */
export function openLocalStore(
  id: string,
  name: string,
  root: string,
  { foreign = false }: { foreign?: boolean } = {},
): ArchiveStore {
  const pathOf = (key: string): string => {
    assertReadableKey(key)
    return join(root, key)
  }
  const failed = (cause: unknown) => unreachable(name, messageOf(cause), cause)

  async function assertSame(): Promise<void> {
    // Others' directories have no marker; that they can be listed is all that is known of them.
    if (foreign) return void (await readdir(root).catch((cause) => Promise.reject(failed(cause))))
    const owner = await readMarker(root).catch((cause) => {
      throw failed(cause)
    })
    if (owner === null) throw unreachable(name, `${root} is not this store (no ${markerName})`)
    if (owner !== id) throw unreachable(name, `${root} is another store`)
  }

  /** A folder that somebody replaced by a link could lead out of the store. */
  async function assertInside(path: string): Promise<void> {
    const [folder, home] = await Promise.all([realpath(dirname(path)), realpath(root)])
    if (folder !== home && !folder.startsWith(home + sep))
      throw unreachable(name, `${dirname(path)} leads out of it`)
  }

  async function openFile(path: string, key: string): Promise<FileHandle> {
    try {
      await assertInside(path)
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      if ((await file.stat()).isFile()) return file
      await file.close()
    } catch (cause) {
      if (!missing(cause) && !isCode(cause, 'ELOOP', 'ENXIO'))
        throw isCode(cause, 'store-unreachable') ? cause : failed(cause)
    }
    throw objectMissing(name, key)
  }

  async function verifyPartial(partial: string, { verify, signal }: WriteOptions): Promise<void> {
    if (!verify) return
    const file = await open(partial, 'r')
    try {
      await verify(() => readChunks(file, 0, signal))
    } finally {
      await file.close()
    }
  }

  function explainWrite(error: unknown, key: string): unknown {
    if (isCode(error, 'ENOSPC', 'EDQUOT'))
      return storeFull(name, `Free space in ${root}, or shorten the retention.`, error)
    if (isCode(error, 'EEXIST')) return objectExists(name, key)
    // Of this file system only: what the content threw has an error of its own.
    const { path, syscall } = error as NodeJS.ErrnoException
    return path?.startsWith(root) || syscall === 'fsync' || syscall === 'write' ? failed(error) : error
  }

  async function* walk(directory: string): AsyncGenerator<string> {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error) => {
      if (missing(error)) return []
      throw failed(error)
    })
    for (const entry of entries.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1))) {
      if (entry.isDirectory()) yield* walk(join(directory, entry.name))
      else if (entry.isFile() && entry.name !== markerName) yield join(directory, entry.name)
    }
  }

  const keyOf = (path: string): string => relative(root, path).split(sep).join('/')
  const folderOf = (prefix: string): string => join(root, prefix.slice(0, prefix.lastIndexOf('/') + 1))

  return {
    id,
    name,
    kind: 'local',
    async write(key, content, options) {
      assertKey(key)
      await assertSame()
      const path = pathOf(key)
      const partial = `${path}.${randomBytes(4).toString('hex')}${partialSuffix}`
      try {
        await makeDurableFolder(dirname(path))
        await assertInside(path)
        const bytes = await writeNewFile(partial, content, options.signal)
        failPoint('stores.after-fsync')
        await verifyPartial(partial, options)
        await publishNewFile(partial, path, `${path}.00000000${partialSuffix}`)
        return { bytes }
      } catch (error) {
        await rm(partial, { force: true }).catch(() => {})
        throw explainWrite(error, key)
      }
    },
    async *read(key, { signal, from = 0 }) {
      await assertSame()
      const file = await openFile(pathOf(key), key)
      try {
        yield* readChunks(file, from, signal)
      } catch (error) {
        throw isCode(error, 'EIO', 'ESTALE') ? failed(error) : error
      } finally {
        await file.close()
      }
    },
    async stat(key) {
      await assertSame()
      const found = await lstat(pathOf(key)).catch((error) => {
        if (missing(error)) return null
        throw failed(error)
      })
      return found?.isFile() ? { key, bytes: found.size, modifiedAt: found.mtime } : null
    },
    async *list(prefix) {
      await assertSame()
      for await (const path of walk(folderOf(prefix))) {
        const key = keyOf(path)
        if (!key.startsWith(prefix) || key.endsWith(partialSuffix)) continue
        const found = await lstat(path).catch(() => null)
        if (found) yield { key, bytes: found.size, modifiedAt: found.mtime } satisfies StoredObject
      }
    },
    async remove(key) {
      await assertSame()
      const path = pathOf(key)
      try {
        await assertInside(path)
        await rm(path, { force: true })
        failPoint('stores.after-remove')
        await syncDirectory(dirname(path))
      } catch (error) {
        if (!missing(error)) throw isCode(error, 'store-unreachable') ? error : failed(error)
      }
    },
    async sweep(prefix, taking) {
      await assertSame()
      let removed = 0
      for await (const path of walk(folderOf(prefix))) {
        const key = keyOf(path)
        if (!key.startsWith(prefix) || !key.endsWith(partialSuffix)) continue
        if (taking(key.slice(0, -partialTail))) continue
        await rm(path, { force: true })
        removed++
      }
      return removed
    },
    async freeBytes() {
      await assertSame()
      const { bavail, bsize } = await statfs(root)
      return bavail * bsize
    },
  }
}
