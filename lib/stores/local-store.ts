import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import {
  constants,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  statfs,
} from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { AppError, messageOf } from '#lib/errors.ts'
import { failPoint } from '#lib/fail-point.ts'
import type { ArchiveStore, StoredObject, WriteOptions } from '#lib/stores/types.ts'

/** Written into the root once; a mount that is missing lacks it, and another store has another one. */
const markerName = '.holdfast-store'
const partialSuffix = '.partial'
const chunkBytes = 1 << 20

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unreachable = (name: string, why: string, cause?: unknown): AppError =>
  new AppError('store-unreachable', `The store “${name}” does not answer: ${why}`, {
    kind: 'unavailable',
    hint: 'Is the disk mounted, and may Holdfast read and write it? holdfast stores check ' + name,
    cause,
  })

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function* readChunks(file: FileHandle, from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (let position = from; ; ) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Marks a directory as this store, or recognises it. Throws AppError `store-taken` when it belongs to another. Safe to repeat. */
export async function claimDirectory(id: string, name: string, root: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  try {
    const file = await open(join(root, markerName), 'wx', 0o600)
    try {
      await file.writeFile(`${id}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await syncDirectory(root)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreachable(name, messageOf(error), error)
    const owner = (await readFile(join(root, markerName), 'utf8')).trim()
    if (owner !== id)
      throw new AppError('store-taken', `${root} is another store already (${owner}).`, { kind: 'refused' })
  }
}

/** A directory that keeps archives: files appear by rename after fsync, and the directory is synced after that. */
export function openLocalStore(id: string, name: string, root: string): ArchiveStore {
  const pathOf = (key: string): string => {
    const path = join(root, key)
    if (!path.startsWith(root + sep) || /[\0\n]|(^|\/)\.\.?(\/|$)/.test(key))
      throw new Error(`not a key of a store: ${JSON.stringify(key)}`)
    return path
  }

  async function assertSame(): Promise<void> {
    const owner = await readFile(join(root, markerName), 'utf8').catch((cause) => {
      throw unreachable(
        name,
        missing(cause) ? `${root} is not this store (no ${markerName})` : messageOf(cause),
        cause,
      )
    })
    if (owner.trim() !== id) throw unreachable(name, `${root} is another store`)
  }

  async function openFile(path: string, key: string): Promise<FileHandle> {
    try {
      // A link could lead out of the store.
      const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
      if ((await file.stat()).isFile()) return file
      await file.close()
    } catch (cause) {
      if (!missing(cause) && (cause as NodeJS.ErrnoException).code !== 'ELOOP')
        throw unreachable(name, messageOf(cause), cause)
    }
    throw new AppError('store-object-missing', `“${name}” has no file ${key}.`)
  }

  async function writePartial(
    partial: string,
    content: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<number> {
    const file = createWriteStream(partial, { flags: 'wx', mode: 0o600, flush: true })
    await pipeline(content, file, { signal })
    return file.bytesWritten
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

  /** Of two writers of one key the second is refused; rename alone would replace the first. */
  async function publish(partial: string, path: string, key: string): Promise<void> {
    const there = await lstat(path).catch(() => null)
    if (there) throw new AppError('store-object-exists', `“${name}” has a file ${key} already.`)
    failPoint('stores.before-rename')
    await rename(partial, path)
    failPoint('stores.after-rename')
    await syncDirectory(dirname(path))
  }

  async function* walk(directory: string): AsyncGenerator<string> {
    const entries = await readdir(directory, { withFileTypes: true }).catch((error) => {
      if (missing(error)) return []
      throw unreachable(name, messageOf(error), error)
    })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
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
      await assertSame()
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const partial = `${path}.${randomBytes(4).toString('hex')}${partialSuffix}`
      try {
        const bytes = await writePartial(partial, content, options.signal)
        failPoint('stores.after-fsync')
        await verifyPartial(partial, options)
        await publish(partial, path, key)
        return { bytes }
      } catch (error) {
        await rm(partial, { force: true })
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
        throw new AppError('store-full', `The store “${name}” has no room left.`, {
          kind: 'unavailable',
          hint: `Free space in ${root}, or shorten the retention.`,
          cause: error,
        })
      }
    },
    async *read(key, { signal, from = 0 }) {
      await assertSame()
      const file = await openFile(pathOf(key), key)
      try {
        yield* readChunks(file, from, signal)
      } finally {
        await file.close()
      }
    },
    async stat(key) {
      await assertSame()
      const found = await lstat(pathOf(key)).catch((error) => {
        if (missing(error)) return null
        throw unreachable(name, messageOf(error), error)
      })
      return found?.isFile() ? { key, bytes: found.size, modifiedAt: found.mtime } : null
    },
    async *list(prefix) {
      await assertSame()
      for await (const path of walk(folderOf(prefix))) {
        const key = keyOf(path)
        if (!key.startsWith(prefix) || key.endsWith(partialSuffix)) continue
        const { size, mtime } = await lstat(path)
        yield { key, bytes: size, modifiedAt: mtime } satisfies StoredObject
      }
    },
    async remove(key) {
      await assertSame()
      const path = pathOf(key)
      await rm(path, { force: true })
      await syncDirectory(dirname(path)).catch((error) => {
        if (!missing(error)) throw error
      })
    },
    async sweep(prefix, taking) {
      await assertSame()
      let removed = 0
      for await (const path of walk(folderOf(prefix))) {
        const key = keyOf(path)
        if (!key.startsWith(prefix) || !key.endsWith(partialSuffix)) continue
        if (taking(key.slice(0, -`.00000000${partialSuffix}`.length))) continue
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
