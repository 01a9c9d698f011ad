import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/errors.ts'
import { createKeyRing, type KeyRing } from '#lib/keys.ts'

/** The checkout (or installed package) that this code runs from, whatever the working directory is. */
export const packageRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where Holdfast keeps what must outlive a process: `HOLDFAST_DATA`, else `.holdfast/` in the package. */
export const dataDirectory = (): string =>
  resolve(process.env.HOLDFAST_DATA ?? join(packageRoot, '.holdfast'))

/**
 * Makes the data directory. Its files are 0600; the directory itself is closed too, except that root leaves it
 * traversable for the account that the embedded server runs as. Safe to repeat.
 */
export function ensureDataDirectory(): string {
  const directory = dataDirectory()
  mkdirSync(directory, { recursive: true, mode: process.geteuid?.() === 0 ? 0o711 : 0o700 })
  return directory
}

const embeddedUrlFile = (): string => join(dataDirectory(), 'control.url')

/**
 * The control database's URL: `DATABASE_URL`, else the running embedded server's, which `start` leaves in the data directory.
 * Throws AppError `no-control-database`.
 */
export function controlDatabaseUrl(): string {
  const given = process.env.DATABASE_URL
  if (given) {
    if (!/^postgres(ql)?:\/\//.test(given)) {
      throw new AppError('database-url-malformed', 'DATABASE_URL is not a postgresql:// URL.', {
        kind: 'invalid',
        hint: 'It has the form postgresql://user:password@host:5432/database',
      })
    }
    return given
  }
  const file = embeddedUrlFile()
  if (existsSync(file)) return readFileSync(file, 'utf8').trim()
  throw new AppError('no-control-database', 'No control database is known here.', {
    kind: 'unavailable',
    hint: 'Start Holdfast once (npm start), or set DATABASE_URL.',
  })
}

/** Writes the embedded server's URL where every door finds it, readable by the owner only. */
export function rememberControlDatabaseUrl(url: string): void {
  ensureDataDirectory()
  writeFileSync(embeddedUrlFile(), url, { mode: 0o600 })
}

/** What opens the work of earlier keys: `HOLDFAST_OLD_KEYS`, separated by commas. Throws AppError `key-malformed`. */
const loadOlderKeys = (): KeyRing[] =>
  (process.env.HOLDFAST_OLD_KEYS ?? '')
    .split(',')
    .map((key) => key.trim())
    .filter(Boolean)
    .map((key) => createKeyRing(key))

/**
 * The key ring of this installation: `HOLDFAST_KEY`, else `holdfast.key` in the data directory, made (0600) when absent.
 * Earlier keys of `HOLDFAST_OLD_KEYS` still open what they made. Throws AppError `key-forbidden` in the web process.
 */
export function loadKeyRing(): KeyRing {
  if (process.env.HOLDFAST_ROLE === 'web') {
    throw new AppError('key-forbidden', 'A web process holds no key.')
  }
  const given = process.env.HOLDFAST_KEY
  const older = loadOlderKeys()
  if (given) return createKeyRing(given, older)
  const file = join(dataDirectory(), 'holdfast.key')
  if (!existsSync(file)) {
    ensureDataDirectory()
    // wx: of two first starts one makes the key, the other reads it.
    try {
      writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  return createKeyRing(readFileSync(file, 'utf8').trim(), older)
}
