import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { unwrap } from '#lib/errors.ts'
import { parseTargetUrl } from '#lib/targets/target-url.ts'

/** A running PostgreSQL tool. `ended` never rejects: an exit code of null means that a signal ended it. */
export interface ToolProcess {
  child: ChildProcessByStdio<Writable, Readable, Readable>
  ended: Promise<{ code: number | null; words: string }>
}

const keptWords = 8_192

/** How libpq wants a value in a connection string; a bare database name could be one itself. */
export const quoteConnectionValue = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** The `--dbname` of a tool: the database by keyword and quoted, and nothing else. */
export const databaseArgument = (database: string): string =>
  `--dbname=dbname=${quoteConnectionValue(database)}`

const certificateBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
]

/** libpq verifies only against a file that it is told; the system's own is where each distribution put it. */
function rootCertificates(sslMode: string): { PGSSLROOTCERT?: string } {
  if (!sslMode.startsWith('verify-')) return {}
  const bundle = process.env.PGSSLROOTCERT ?? certificateBundles.find((path) => existsSync(path))
  return bundle ? { PGSSLROOTCERT: bundle } : {}
}

/**
 * What a child needs to connect: in its environment, never on the command line that everyone on the host can read.
 * Nothing else of our own environment goes along.
 */
function connectionEnvironment(url: string, purpose: string): { env: NodeJS.ProcessEnv; database: string } {
  const address = unwrap(parseTargetUrl(url))
  return {
    database: address.database,
    env: {
      NODE_ENV: process.env.NODE_ENV,
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      LC_ALL: 'C',
      PGHOST: address.host,
      PGPORT: String(address.port),
      PGUSER: address.user,
      PGPASSWORD: address.password,
      PGSSLMODE: address.sslMode,
      ...rootCertificates(address.sslMode),
      PGCONNECT_TIMEOUT: '10',
      PGAPPNAME: `holdfast:${purpose}`,
      PGCLIENTENCODING: 'UTF8',
    },
  }
}

/** Starts a PostgreSQL tool against a database, or (url null) one that only reads its standard input. */
export function startTool(
  path: string,
  args: readonly string[],
  options: { url: string | null; purpose: string; signal: AbortSignal },
): ToolProcess {
  const connection = options.url ? connectionEnvironment(options.url, options.purpose) : null
  const child = spawn(
    path,
    [...args, ...(connection ? ['--no-password', databaseArgument(connection.database)] : [])],
    {
      cwd: '/',
      env: connection?.env ?? { NODE_ENV: process.env.NODE_ENV, PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  )
  let words = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    words = (words + text).slice(-keptWords)
  })
  const kill = () => child.kill('SIGKILL')
  options.signal.addEventListener('abort', kill, { once: true })
  if (options.signal.aborted) kill()
  const ended = new Promise<{ code: number | null; words: string }>((resolve) => {
    child.once('error', (error) => resolve({ code: null, words: error.message }))
    child.once('close', (code) => resolve({ code, words: words.trim() }))
  }).finally(() => options.signal.removeEventListener('abort', kill))
  return { child, ended }
}

/** The last line of what a tool said that says what went wrong. */
export function lastError(words: string): string {
  const lines = words.split('\n').filter(Boolean)
  return lines.findLast((line) => /error|fatal/i.test(line)) ?? lines.at(-1) ?? 'it said nothing'
}
