import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { AppError } from '#lib/errors.ts'

/** One installation of PostgreSQL's client tools. */
export interface PostgresTools {
  /** The directory that holds them. */
  bin: string
  pgDump: string
  pgDumpall: string
  pgRestore: string
  psql: string
  /** 15 for 15.18. */
  major: number
  version: string
}

/** The oldest pg_dump that Holdfast works with. */
export const oldestToolsMajor = 15

/** Where packages put client tools of several versions beside each other. */
const knownPlaces = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/homebrew/opt/{libpq,postgresql@*}/bin',
  '/usr/local/opt/{libpq,postgresql@*}/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
  '/usr/local/pgsql/bin',
]

const suffix = process.platform === 'win32' ? '.exe' : ''

function readTools(bin: string): PostgresTools | null {
  const at = (name: string): string => join(bin, `${name}${suffix}`)
  const paths = {
    pgDump: at('pg_dump'),
    pgDumpall: at('pg_dumpall'),
    pgRestore: at('pg_restore'),
    psql: at('psql'),
  }
  if (!Object.values(paths).every((path) => existsSync(path))) return null
  const { stdout } = spawnSync(paths.pgDump, ['--version'], { encoding: 'utf8' })
  const version = /\(PostgreSQL\) (\d+[\w.]*)/.exec(stdout ?? '')?.[1]
  return version ? { bin, ...paths, major: Number.parseInt(version, 10), version } : null
}

/** Of one major the newest minor comes first: that is the one to use. */
const olderFirst = (a: PostgresTools, b: PostgresTools): number =>
  a.major - b.major || b.version.localeCompare(a.version, 'en', { numeric: true })

let found: PostgresTools[] | null = null

/** Every usable installation of the client tools on this machine, oldest first. Looked up once per process. */
export function listTools(): PostgresTools[] {
  if (found) return found
  const places = [...(process.env.PATH ?? '').split(delimiter), ...globSync(knownPlaces)]
  const byVersion = new Map<string, PostgresTools>()
  for (const place of new Set(places.filter(Boolean))) {
    const tools = readTools(place)
    // Of one version the first on PATH wins; versioned places come after it, and answer for the others.
    if (tools && tools.major >= oldestToolsMajor && !byVersion.has(tools.version)) {
      byVersion.set(tools.version, tools)
    }
  }
  found = [...byVersion.values()].sort(olderFirst)
  return found
}

/**
 * The tools for a server of this major version: of the same major where possible, else of the next newer one,
 * because pg_dump refuses a server newer than itself. Without a major: the newest.
 */
export function findTools(serverMajor?: number): PostgresTools | null {
  const all = listTools()
  const major = serverMajor ?? all.at(-1)?.major ?? 0
  return all.find((tools) => tools.major >= major) ?? null
}

/** Like `findTools`. Throws AppError `no-postgres-tools` with the command that installs them on this system. */
export function requireTools(serverMajor?: number): PostgresTools {
  const tools = findTools(serverMajor)
  if (tools) return tools
  const newest = listTools().at(-1)
  const wanted = Math.max(serverMajor ?? oldestToolsMajor, oldestToolsMajor)
  throw new AppError(
    'no-postgres-tools',
    newest
      ? `The newest pg_dump here is ${newest.version}; a server of version ${serverMajor} needs ${wanted} or newer.`
      : `There is no pg_dump ${wanted} or newer on this machine.`,
    { kind: 'unavailable', hint: `Install it: ${installCommand(wanted)}` },
  )
}

/** The one command that installs client tools of this major (or newer) on this system. */
export function installCommand(major: number = oldestToolsMajor): string {
  if (process.platform === 'darwin') return 'brew install libpq'
  if (process.platform === 'win32') return `winget install PostgreSQL.PostgreSQL.${major}`
  const system = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : ''
  const id = /^ID=["']?([\w.-]+)/m.exec(system)?.[1] ?? ''
  const family = `${id} ${/^ID_LIKE=["']?([^"'\n]+)/m.exec(system)?.[1] ?? ''}`
  const sudo = process.geteuid?.() === 0 ? '' : 'sudo '
  if (/debian|ubuntu/.test(family)) {
    const install = (name: string) => `${sudo}apt-get install -y ${name}`
    if (major <= oldestToolsMajor) return `${sudo}apt-get update && ${install('postgresql-client')}`
    return `${install('postgresql-common')} && ${sudo}/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y && ${install(`postgresql-client-${major}`)}`
  }
  if (/alpine/.test(family)) return `${sudo}apk add postgresql${major}-client`
  if (/fedora|rhel|centos/.test(family)) return `${sudo}dnf install -y postgresql`
  if (/suse/.test(family)) return `${sudo}zypper install -y postgresql${major}`
  if (/arch/.test(family)) return `${sudo}pacman -S --noconfirm postgresql`
  return `the package with PostgreSQL's client programs, version ${major} or newer`
}
