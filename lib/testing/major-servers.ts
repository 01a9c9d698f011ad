import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import postgres from 'postgres'
import { inject } from 'vitest'
import { embeddedPackage } from '#lib/servers/embedded-binaries.ts'
import { startEmbeddedServer } from '#lib/servers/embedded-server.ts'

const manifest = JSON.parse(
  readFileSync(new URL('./postgresql-majors/package.json', import.meta.url), 'utf8'),
) as { optionalDependencies: Record<string, string> }

/** The major that Holdfast itself brings. */
const ownMajor = 15

const packageOf = (major: number): string =>
  major === ownMajor ? embeddedPackage : `postgresql-${major}-${process.platform}-${process.arch}`

/** Every PostgreSQL major that has a server for this machine. One of them that is not installed fails its tests. */
export const postgresqlMajors: readonly number[] = [14, 15, 16, 17, 18].filter(
  (major) => major === ownMajor || packageOf(major) in manifest.optionalDependencies,
)

const startAt = (home: string) =>
  startEmbeddedServer(home, {
    packageName: packageOf(Number(basename(home).replace('major-', ''))),
    quickAndUnsafe: true,
    // For subscriptions between databases of one server.
    settings: { wal_level: 'logical', max_connections: '60', shared_buffers: '32MB' },
  })

/**
 * The URL of this run's throw-away server of a PostgreSQL major, as superuser. The first test file that asks starts it,
 * the others find it, and the end of the run stops it.
 */
export async function startMajorServer(major: number): Promise<string> {
  const home = join(inject('serversHome'), `major-${major}`)
  const turns = postgres(inject('serverUrl'), { max: 1, onnotice: () => {} })
  try {
    await turns`select pg_advisory_lock(hashtextextended(${home}, 0))`
    mkdirSync(home, { recursive: true, mode: 0o711 })
    return (await startAt(home)).urlFor('postgres')
  } finally {
    await turns.end()
  }
}

/** Stops what `startMajorServer` started under this directory. */
export async function stopMajorServers(serversHome: string): Promise<void> {
  for (const home of globSync(join(serversHome, 'major-*'))) {
    if (existsSync(join(home, 'cluster', 'postmaster.pid'))) await (await startAt(home)).stop()
  }
}
