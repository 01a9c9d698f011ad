import { link, lstat, mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { failPoint } from '#lib/fail-point.ts'
import { isCode } from '#lib/stores/store-errors.ts'

export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes a folder and those above it, for good: each new one is an entry of its parent, which is synced too. */
export async function makeDurableFolder(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 })
  if (!first) return
  for (let made = directory; made.length >= first.length; made = dirname(made)) {
    await syncDirectory(dirname(made))
  }
}

/**
 * Writes a new file and syncs it once. When that sync fails the kernel may have dropped the pages and call the next one
 * good, so the file is the caller's to discard, never to sync again.
 */
export async function writeNewFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  let bytes = 0
  try {
    for await (const chunk of content) {
      signal.throwIfAborted()
      for (let at = 0; at < chunk.length; ) {
        const { bytesWritten } = await file.write(chunk, at, chunk.length - at)
        at += bytesWritten
      }
      bytes += chunk.length
    }
    signal.throwIfAborted()
    failPoint('stores.before-fsync')
    await file.sync()
  } finally {
    await file.close()
  }
  return bytes
}

/**
 * Gives a finished file its name unless there is one of that name already (then EEXIST), and syncs the folder. A rename
 * alone would replace what is there.
 */
export async function publishNewFile(partial: string, path: string, claim: string): Promise<void> {
  failPoint('stores.before-rename')
  try {
    await link(partial, path)
    failPoint('stores.after-link')
    await unlink(partial)
  } catch (error) {
    // Some network and removable file systems have no hard links.
    if (!isCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw error
    await renameUnlessThere(partial, path, claim)
  }
  failPoint('stores.after-rename')
  await syncDirectory(dirname(path))
}

/** Of two writers one makes the claim; a claim whose writer was killed is swept with the other partial files. */
export async function renameUnlessThere(partial: string, path: string, claim: string): Promise<void> {
  await (await open(claim, 'wx', 0o600)).close()
  try {
    const there = await lstat(path).catch(() => null)
    if (there) throw Object.assign(new Error(`${path} exists`), { code: 'EEXIST' })
    await rename(partial, path)
  } finally {
    await rm(claim, { force: true })
  }
}
