import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { findEmbeddedBinaries, sharedRoot } from '#lib/servers/embedded-binaries.ts'
import { findServerUser, type RunUser } from '#lib/servers/run-user.ts'

export interface EmbeddedServer {
  port: number
  /** The superuser `holdfast` at this server, in a database. */
  urlFor(database: string): string
  /** Whether this call started it, or found it running. */
  started: boolean
  stop(): Promise<void>
}

interface Secrets {
  port: number
  password: string
}

const superuser = 'holdfast'

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A port of 127.0.0.1 that nobody listens on right now. */
export const findFreePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })

function run(
  binary: string,
  args: string[],
  user: RunUser | null,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, {
      ...user,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH, LC_ALL: 'C' },
    })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.once('error', reject)
    child.once('exit', (code) => {
      // pg_ctl's server inherits the pipes; do not wait for them to close.
      child.stdout.destroy()
      child.stderr.destroy()
      resolve({ code: code ?? 1, output })
    })
  })
}

const urlAt = ({ port, password }: Secrets, database: string): string =>
  `postgresql://${superuser}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`

/** True when the server that answers at the port is the one with this data directory: another one may have taken the port. */
async function answers(secrets: Secrets, cluster: string): Promise<boolean> {
  const sql = postgres(urlAt(secrets, 'postgres'), { max: 1, connect_timeout: 3, onnotice: () => {} })
  try {
    const [row] = await sql`select current_setting('data_directory') as place`
    return row?.place === cluster
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** The cluster's own directory: inside `home` where the server's account can reach it, else in the shared place. */
function clusterPlace(home: string, user: RunUser | null): string {
  mkdirSync(home, { recursive: true, mode: 0o711 })
  const reachable =
    !user || spawnSync('/bin/sh', ['-c', `cd "$0"`, home], { ...user, stdio: 'ignore' }).status === 0
  return reachable
    ? join(home, 'cluster')
    : join(sharedRoot, createHash('sha256').update(home).digest('hex').slice(0, 12), 'cluster')
}

/** True while the server whose files are under `home` runs, also when its starter was killed. */
export async function isServerRunning(home: string): Promise<boolean> {
  const secretsFile = join(home, 'server.json')
  if (!existsSync(secretsFile)) return false
  const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Secrets
  return answers(secrets, clusterPlace(home, findServerUser()))
}

/**
 * Starts the embedded PostgreSQL whose files are under `home`, making the cluster the first time; finds it when it
 * already runs (also one whose starter was killed). Safe to repeat. It listens on 127.0.0.1 only, with a password.
 * Throws AppError `embedded-server-failed` with the server's own words.
 */
export async function startEmbeddedServer(
  home: string,
  options: {
    settings?: Record<string, string>
    quickAndUnsafe?: boolean
    packageName?: string
    /** The directory of other server programs than the package's. */
    bin?: string
  } = {},
): Promise<EmbeddedServer> {
  const user = findServerUser()
  const bin = options.bin ?? findEmbeddedBinaries(user, options.packageName)
  const cluster = clusterPlace(home, user)
  const secretsFile = join(home, 'server.json')

  const stop = async (): Promise<void> => {
    await run(join(bin, 'pg_ctl'), ['stop', '-D', cluster, '-m', 'fast', '-w', '-t', '30'], user)
  }
  const opened = (secrets: Secrets, started: boolean): EmbeddedServer => ({
    port: secrets.port,
    urlFor: (database) => urlAt(secrets, database),
    started,
    stop,
  })

  if (!existsSync(join(cluster, 'PG_VERSION')) || !existsSync(secretsFile)) {
    rmSync(cluster, { recursive: true, force: true })
    await makeCluster(bin, cluster, secretsFile, user)
  }
  const secrets = JSON.parse(readFileSync(secretsFile, 'utf8')) as Secrets
  if (await answers(secrets, cluster)) return opened(secrets, false)

  if (!(await isFree(secrets.port))) {
    secrets.port = await findFreePort()
    writeFileSync(secretsFile, JSON.stringify(secrets), { mode: 0o600 })
  }
  const settings: Record<string, string> = {
    port: String(secrets.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: '128MB',
    shared_preload_libraries: 'pg_stat_statements',
    ...(options.quickAndUnsafe ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
    ...options.settings,
  }
  const flags = Object.entries(settings)
    .map(([name, value]) => `-c ${name}='${value}'`)
    .join(' ')
  const logFile = join(cluster, 'server.log')
  const { code, output } = await run(
    join(bin, 'pg_ctl'),
    ['start', '-D', cluster, '-l', logFile, '-w', '-t', '60', '-o', flags],
    user,
  )
  if (code !== 0 || !(await answers(secrets, cluster))) {
    const tail = existsSync(logFile) ? readFileSync(logFile, 'utf8').split('\n').slice(-6).join('\n') : ''
    throw new AppError(
      'embedded-server-failed',
      `The embedded PostgreSQL did not start.\n${output}\n${tail}`.trim(),
      {
        kind: 'unavailable',
        hint: `Its files are in ${cluster}.`,
      },
    )
  }
  return opened(secrets, true)
}

async function makeCluster(
  bin: string,
  cluster: string,
  secretsFile: string,
  user: RunUser | null,
): Promise<void> {
  mkdirSync(dirname(cluster), { recursive: true, mode: 0o711 })
  mkdirSync(cluster, { recursive: true, mode: 0o700 })
  if (user) chownSync(cluster, user.uid, user.gid)
  const password = randomBytes(18).toString('base64url')
  const passwordDirectory = mkdtempSync(join(tmpdir(), 'holdfast-'))
  const passwordFile = join(passwordDirectory, 'password')
  try {
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (user) for (const path of [passwordDirectory, passwordFile]) chownSync(path, user.uid, user.gid)
    const args = [
      '-D',
      cluster,
      '-U',
      superuser,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
    ]
    let made = await run(join(bin, 'initdb'), [...args, '--locale=C.UTF-8'], user)
    if (made.code !== 0) made = await run(join(bin, 'initdb'), [...args, '--locale=C'], user)
    if (made.code !== 0) {
      throw new AppError(
        'embedded-server-failed',
        `The embedded PostgreSQL could not be initialised.\n${made.output}`,
      )
    }
  } finally {
    rmSync(passwordDirectory, { recursive: true, force: true })
  }
  writeFileSync(secretsFile, JSON.stringify({ port: await findFreePort(), password } satisfies Secrets), {
    mode: 0o600,
  })
}
