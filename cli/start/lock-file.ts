import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { birthOf } from '#cli/start/process-tree.ts'

/** Who holds a lock file: the process, and since when it lives, because process numbers come again. */
export interface LockHolder {
  pid: number
  bornAt: string | null
  /** Anything for people, e.g. the URL that the holder serves. */
  note: string | null
}

function readHolder(path: string): LockHolder | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockHolder
  } catch {
    return null
  }
}

/** Who holds the lock file now, or null: a holder that was killed does not count. */
export function findLockHolder(path: string): LockHolder | null {
  const holder = readHolder(path)
  return holder && birthOf(holder.pid) === holder.bornAt ? holder : null
}

export interface Lock {
  /** Tells others something about the holder. */
  note(text: string): void
  release(): void
}

/** Takes the lock file for this process, over the body of a killed holder if need be; or says who has it. */
export function takeLock(path: string): Lock | { heldBy: LockHolder } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const mine = `${path}.${process.pid}`
  const content = (note: string | null): string =>
    JSON.stringify({ pid: process.pid, bornAt: birthOf(process.pid), note } satisfies LockHolder)
  writeFileSync(mine, content(null), { mode: 0o600 })
  try {
    for (;;) {
      try {
        // A link either appears with its whole content or fails; a half-written lock is never seen.
        linkSync(mine, path)
        break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const heldBy = findLockHolder(path)
      if (heldBy) return { heldBy }
      rmSync(path, { force: true })
    }
  } finally {
    unlinkSync(mine)
  }
  return {
    note(text) {
      writeFileSync(mine, content(text), { mode: 0o600 })
      renameSync(mine, path)
    },
    release() {
      if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true })
    },
  }
}
