import { isIP } from 'node:net'
import { done, type Outcome, refuse } from '#lib/errors.ts'

/** A target's URL taken apart and decoded, so that nothing downstream has to parse it again. */
export interface TargetAddress {
  host: string
  port: number
  database: string
  user: string
  password: string
  sslMode: SslMode
}

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
export type SslMode = (typeof sslModes)[number]

/** Harmless or set by every Holdfast session itself; dropped from a URL that providers hand out. */
const ignoredParameters = [
  'application_name',
  'channel_binding',
  'connect_timeout',
  'gssencmode',
  'pgbouncer',
  'schema',
  'target_session_attrs',
]

const form = 'It has the form postgresql://user:password@host:5432/database'

/** Whether a host is this machine itself: there TLS adds nothing. */
export const isLocalHost = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

const decode = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character.charCodeAt(0) < 32 || character.charCodeAt(0) === 127)
}

const invalid = (reason: string, hint = form) => refuse('invalid-input', `url: ${reason}`, hint)

/**
 * Reads a postgresql:// URL. Every part is decoded once and used as data only: a database named `dbname=x host=evil`
 * is just an odd name. Parameters other than sslmode could override the session's own settings and are refused.
 * No message repeats the URL, which holds a password.
 */
export function parseTargetUrl(text: string): Outcome<TargetAddress> {
  if (!/^postgres(ql)?:\/\//i.test(text)) return invalid('not a postgresql:// URL.')
  let url: URL
  try {
    url = new URL(text.trim())
  } catch {
    return invalid(
      'cannot be read as a URL.',
      `${form}; write @ : / ? # in a password as %40 %3A %2F %3F %23`,
    )
  }
  const host = decode(url.hostname.replace(/^\[(.*)\]$/, '$1'))
  const database = decode(url.pathname.slice(1))
  const user = decode(url.username)
  const password = decode(url.password)
  if (host === null || database === null || user === null || password === null) {
    return invalid('has a broken percent-encoding.', 'Write a percent sign itself as %25.')
  }
  if (!host) return invalid('names no host.')
  if (host.includes(',')) return invalid('names several hosts.', 'Give the primary server alone.')
  if (!user) return invalid('names no user.')
  if (!database) return invalid('names no database.')
  for (const [part, value] of Object.entries({ host, database, user, password })) {
    if (hasControlCharacter(value)) return invalid(`has a control character in its ${part}.`)
    if (part !== 'password' && value.startsWith('-')) {
      return invalid(
        `has a ${part} that begins with a dash.`,
        'PostgreSQL’s tools could take it for an option.',
      )
    }
  }
  if (/[/\\\s]/.test(host)) return invalid('has a host that is not a host name.')
  for (const parameter of url.searchParams.keys()) {
    if (parameter !== 'sslmode' && parameter !== 'sslrootcert' && !ignoredParameters.includes(parameter)) {
      return invalid(
        `has the parameter “${parameter.slice(0, 40)}”, which is not accepted.`,
        'Only sslmode may follow the question mark.',
      )
    }
  }
  const asked = url.searchParams.get('sslmode') ?? (isLocalHost(host) ? 'prefer' : 'verify-full')
  const sslMode = sslModes.find((mode) => mode === (asked === 'allow' ? 'prefer' : asked))
  if (!sslMode) return invalid('has an unknown sslmode.', `Use one of ${sslModes.join(', ')}.`)
  return done({ host, port: url.port ? Number(url.port) : 5432, database, user, password, sslMode })
}

/** The URL of an address, every part encoded. `parseTargetUrl` reads it back to the same address. */
export function formatTargetUrl(address: TargetAddress): string {
  const host = address.host.includes(':') ? `[${address.host}]` : encodeURIComponent(address.host)
  const credentials = [address.user, ...(address.password ? [address.password] : [])]
    .map(encodeURIComponent)
    .join(':')
  return `postgresql://${credentials}@${host}:${address.port}/${encodeURIComponent(address.database)}?sslmode=${address.sslMode}`
}

/** `host:port/database`, for people. Never a user or a password. */
export const formatPlace = (address: Pick<TargetAddress, 'host' | 'port' | 'database'>): string =>
  `${address.host}:${address.port}/${address.database}`
