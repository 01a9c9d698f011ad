import { createHash } from 'node:crypto'
import { createWriteStream, mkdirSync } from 'node:fs'
import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ForeignCandidate } from '#lib/backups/foreign/foreign-layout.ts'
import { ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'
import { isAlive } from '#lib/servers/is-alive.ts'
import type { ArchiveStore } from '#lib/stores/types.ts'

export interface ForeignCopy {
  /** A file, or a directory with toc.dat, that nobody else can change. */
  path: string
  isDirectory: boolean
  /** Of the file; of a directory over its files' names, sizes and hashes. */
  sha256: string
}

const copiesDirectory = (): string => {
  const directory = join(ensureDataDirectory(), 'foreign')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

/** Removes the copies of processes that were killed. */
async function sweepCopies(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!isAlive(Number.parseInt(name, 10))) await rm(join(directory, name), { recursive: true, force: true })
  }
}

async function assertRoom(directory: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory)
  if (bavail * bsize >= neededBytes) return
  throw new AppError(
    'disk-full',
    `A copy of the archive takes ${neededBytes} bytes; ${bavail * bsize} are free.`,
    {
      kind: 'unavailable',
      hint: `Free space in ${directory}; others’ archives are fetched there before they are read.`,
    },
  )
}

/**
 * Fetches somebody else's archive into a private place for the duration of `work`, hashed on the way: what is looked at is
 * then what is restored, whatever becomes of the original meanwhile. Removed whatever happens.
 */
export async function withForeignCopy<T>(
  store: ArchiveStore,
  { key, isDirectory, objects, sizeBytes }: ForeignCandidate,
  options: { signal: AbortSignal; onProgress?: (bytes: number) => void },
  work: (copy: ForeignCopy) => Promise<T>,
): Promise<T> {
  const parent = copiesDirectory()
  await sweepCopies(parent)
  await assertRoom(parent, sizeBytes)
  const directory = await mkdtemp(join(parent, `${process.pid}-`))
  const hashes: [name: string, bytes: number, sha256: string][] = []
  let seen = 0
  try {
    for (const object of objects) {
      // pg_dump's directories are flat; a name with a slash in it is nothing of pg_dump's.
      const name = isDirectory ? object.key.slice(key.length + 1) : basename(object.key)
      if (name.includes('/')) continue
      const hash = createHash('sha256')
      let bytes = 0
      const read = async function* () {
        for await (const chunk of store.read(object.key, { signal: options.signal })) {
          hash.update(chunk)
          bytes += chunk.length
          seen += chunk.length
          options.onProgress?.(seen)
          yield chunk
        }
      }
      const place = join(directory, isDirectory ? name : 'archive')
      await pipeline(read, createWriteStream(place, { flags: 'wx', mode: 0o600 }), { signal: options.signal })
      hashes.push([name, bytes, hash.digest('hex')])
    }
    const sha256 = isDirectory
      ? createHash('sha256').update(JSON.stringify(hashes.sort())).digest('hex')
      : hashes[0]![2]
    return await work({ path: isDirectory ? directory : join(directory, 'archive'), isDirectory, sha256 })
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
