import { spawnSync } from 'node:child_process'
import { existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { installCommand } from '#lib/servers/find-tools.ts'

/** A PostgreSQL server that is installed on this machine, of which own clusters can be made. */
export interface ServerBinaries {
  bin: string
  major: number
}

/** The major of the server that Holdfast brings. */
export const embeddedMajor = 15

const knownPlaces = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
  '/usr/local/pgsql/bin',
]

const suffix = process.platform === 'win32' ? '.exe' : ''

function readBinaries(bin: string): ServerBinaries | null {
  const at = (name: string): string => join(bin, `${name}${suffix}`)
  if (!['postgres', 'initdb', 'pg_ctl'].every((name) => existsSync(at(name)))) return null
  const { stdout } = spawnSync(at('postgres'), ['--version'], { encoding: 'utf8' })
  const major = Number.parseInt(/\(PostgreSQL\) (\d+)/.exec(stdout ?? '')?.[1] ?? '', 10)
  return major ? { bin, major } : null
}

/**
 * The oldest server of at least this major on this machine; null when there is none. Looks at the directories of
 * `HOLDFAST_DRILL_BIN` first, then where packages put servers.
 */
export function findServerBinaries(major: number): ServerBinaries | null {
  const given = (process.env.HOLDFAST_DRILL_BIN ?? '').split(delimiter).filter(Boolean)
  const all = [...given, ...globSync(knownPlaces)].flatMap((bin) => readBinaries(bin) ?? [])
  return all.filter((one) => one.major >= major).sort((a, b) => a.major - b.major)[0] ?? null
}

/** How to get a server of this major for drills, in one sentence. */
export const installServerCommand = (major: number): string =>
  `Install its server (${installCommand(major).replaceAll('postgresql-client', 'postgresql')}), or give one of version ${major} or newer by HOLDFAST_DRILL_URL.`
