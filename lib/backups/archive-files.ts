import { mkdir, open, readdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { dataDirectory, ensureDataDirectory } from '#lib/env.ts'
import { AppError } from '#lib/errors.ts'

const archiveSuffix = '.dump.zst'
const manifestSuffix = '.manifest.json'

const archivesRoot = (): string => join(dataDirectory(), 'archives')

/** Where an archive and its manifest lie. Both names are made of ids, never of anything that was given. */
export function archivePlace(targetId: string, backupId: string) {
  const directory = join(archivesRoot(), targetId)
  return {
    directory,
    archive: join(directory, `${backupId}${archiveSuffix}`),
    manifest: join(directory, `${backupId}${manifestSuffix}`),
    /** Kept with the record; relative, so that the data directory can move. */
    location: `${targetId}/${backupId}${archiveSuffix}`,
  }
}

export async function makeArchiveDirectory(directory: string): Promise<void> {
  ensureDataDirectory()
  await mkdir(directory, { recursive: true, mode: 0o700 })
}

/** Makes a finished file appear under its name, for good: a rename is durable only when the directory is synced. */
export async function publishFile(partial: string, final: string): Promise<void> {
  await rename(partial, final)
  const directory = await open(dirname(final), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** Writes a small file durably: partial, synced, renamed. */
export async function writeDurably(final: string, text: string): Promise<void> {
  const partial = `${final}.${process.pid}.partial`
  const file = await open(partial, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await publishFile(partial, final)
}

/** Removes an archive, its manifest and its partial files. Safe to repeat. */
export async function removeArchiveFiles(targetId: string, backupId: string): Promise<void> {
  const { directory } = archivePlace(targetId, backupId)
  for (const name of await listNames(directory)) {
    if (name.startsWith(`${backupId}.`)) await rm(join(directory, name), { force: true })
  }
}

/**
 * Removes what killed processes left: partial files of backups that nobody takes, and the files of those that are over.
 * A finished archive that no record knows stays: the records may have been restored from an older copy of themselves.
 */
export async function removeStrayArchiveFiles(
  targetId: string,
  { taking, over }: { taking: ReadonlySet<string>; over: ReadonlySet<string> },
): Promise<void> {
  const directory = join(archivesRoot(), targetId)
  for (const name of await listNames(directory)) {
    const owner = name.slice(0, name.indexOf('.'))
    const isStray = name.endsWith('.partial') ? !taking.has(owner) : over.has(owner)
    if (isStray) await rm(join(directory, name), { force: true })
  }
}

async function listNames(directory: string): Promise<string[]> {
  return readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

const asMegabytes = (bytes: number): string => `${Math.ceil(bytes / 1_000_000)} MB`

/** What a full disk means, in numbers. Other errors pass through. */
export async function explainWriteError(
  error: unknown,
  directory: string,
  neededBytes: number,
): Promise<unknown> {
  const { code } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  const free = await freeBytes(directory).catch(() => 0)
  return diskFull(directory, neededBytes, free, error)
}

export const diskFull = (directory: string, needed: number, free: number, cause?: unknown): AppError =>
  new AppError(
    'disk-full',
    `The archive store has no room: about ${asMegabytes(needed)} needed, ${asMegabytes(free)} free.`,
    { kind: 'unavailable', hint: `Free space in ${directory}, or shorten the retention.`, cause },
  )
