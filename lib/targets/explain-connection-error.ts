import { AppError, messageOf } from '#lib/errors.ts'

type Explanation = [code: string, message: (place: string) => string, hint: string]

const networkHint = 'Check network and firewall.'

const known: Record<string, Explanation> = {
  ECONNREFUSED: [
    'target-unreachable',
    (place) => `Nothing answers at ${place}.`,
    'Check host and port, and that the server is up.',
  ],
  ENOTFOUND: [
    'target-unreachable',
    (place) => `The host of ${place} is not known.`,
    'Check the host name in the URL.',
  ],
  EAI_AGAIN: [
    'target-unreachable',
    (place) => `The host of ${place} cannot be looked up right now.`,
    'Check the host name and DNS.',
  ],
  EHOSTUNREACH: ['target-unreachable', (place) => `There is no route to ${place}.`, networkHint],
  ETIMEDOUT: ['target-unreachable', (place) => `${place} did not answer in time.`, networkHint],
  CONNECT_TIMEOUT: ['target-unreachable', (place) => `${place} did not answer in time.`, networkHint],
  CONNECTION_CLOSED: [
    'target-unreachable',
    (place) => `${place} closed the connection.`,
    'Check that it is a PostgreSQL server.',
  ],
  ECONNRESET: [
    'target-tls',
    (place) => `${place} broke the connection off, as a server without TLS does.`,
    'Turn TLS on there; or, where the network itself is trusted, end the URL with ?sslmode=disable.',
  ],
  '28P01': [
    'target-password',
    (place) => `${place} refuses this user or password.`,
    'Check user and password in the URL.',
  ],
  '28000': [
    'target-authorization',
    (place) => `${place} does not let this user in.`,
    'Check pg_hba.conf for this user, database and address.',
  ],
  '3D000': [
    'target-no-database',
    (place) => `There is no such database at ${place}.`,
    'Check the database name at the end of the URL.',
  ],
  '53300': [
    'target-full',
    (place) => `${place} has no connection left.`,
    'Raise max_connections or close idle sessions.',
  ],
}

const untrustedCertificate =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_\w+|ERR_TLS_CERT_ALTNAME_INVALID)$/

/** What PostgreSQL's and the network's connection errors mean to the person who typed the URL. */
export function explainConnectionError(error: unknown, place: string): AppError {
  if (error instanceof AppError) return error
  const code = (error as { code?: string }).code ?? ''
  const unavailable = { kind: 'unavailable', cause: error } as const
  if (untrustedCertificate.test(code)) {
    return new AppError('target-tls', `The certificate of ${place} is not trusted (${code}).`, {
      ...unavailable,
      hint: 'Give it a certificate that this machine trusts for that host name; or, knowing that anyone in between could read along, end the URL with ?sslmode=require.',
    })
  }
  const [kind, message, hint] = known[code] ?? [
    'target-connect-failed',
    () => `Connecting to ${place} failed: ${messageOf(error)}`,
    'Check the URL: postgresql://user:password@host:5432/database',
  ]
  return new AppError(kind, message(place), { ...unavailable, hint })
}

const deadlineMs = 15_000

/**
 * The first answer of a target, or an AppError `target-*` that says why there is none. The deadline is needed:
 * postgres.js tries for ever when a server closes each connection before it is ready.
 */
export async function firstAnswer<T>(answer: PromiseLike<T>, place: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject({ code: 'CONNECTION_CLOSED' }), deadlineMs)
  })
  try {
    return await Promise.race([answer, deadline])
  } catch (error) {
    throw explainConnectionError(error, place)
  } finally {
    clearTimeout(timer)
  }
}
