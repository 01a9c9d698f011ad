import { ForbiddenAddress } from '#lib/outgoing-address.ts'
import type { ChannelError } from './types.ts'

/** Why a message did not get through, and whether trying again can help. */
export class SendFailure extends Error {
  readonly code: string
  readonly hint: string | null
  readonly canHeal: boolean
  readonly status: number | null
  /** How long the receiver asked to be left alone. */
  readonly retryAfterMs: number | null

  constructor(
    code: string,
    message: string,
    options: {
      hint?: string | null
      canHeal: boolean
      status?: number | null
      retryAfterMs?: number | null
      cause?: unknown
    },
  ) {
    super(message, { cause: options.cause })
    this.name = 'SendFailure'
    this.code = code
    this.hint = options.hint ?? null
    this.canHeal = options.canHeal
    this.status = options.status ?? null
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}

const plainProtocol = 'Plain http carries its secret readably; it is only for the own network.'

export const forbiddenAddress = (host: string): SendFailure =>
  new SendFailure('address-forbidden', `${host} does not lead to the public internet.`, {
    canHeal: false,
    hint: 'Where it shall reach the own network, the operator says so at the host: holdfast channels change NAME … --allow-private',
  })

export const plainForbidden = (): SendFailure =>
  new SendFailure('plain-forbidden', plainProtocol, { canHeal: false, hint: 'Give an https:// address.' })

const codeOf = (error: unknown): string => {
  const found = (error as { code?: unknown } | null)?.code
  return typeof found === 'string' ? found : ''
}

/** The innermost reason: libraries wrap what the socket said. */
export function innermost(error: unknown): unknown {
  let current = error
  for (let depth = 0; depth < 6; depth++) {
    const next =
      current instanceof AggregateError
        ? current.errors[0]
        : (current as { cause?: unknown } | null | undefined)?.cause
    if (!next) return current
    current = next
  }
  return current
}

const untrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH)/

/** What a socket, TLS or name error means for a message to this host. Null: it is none of these. */
export function explainNetwork(error: unknown, host: string): SendFailure | null {
  const inner = innermost(error)
  if (inner instanceof ForbiddenAddress || (error as Error)?.name === 'ForbiddenAddress')
    return forbiddenAddress(host)
  const code = codeOf(inner) || codeOf(error)
  const failed = (name: string, message: string, canHeal = true, hint: string | null = null) =>
    new SendFailure(name, message, { canHeal, hint, cause: error })
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failed('host-unknown', `The name ${host} is not known.`)
  if (code === 'ECONNREFUSED') return failed('refused-connection', `${host} takes no connection.`)
  if (untrusted.test(code)) {
    return failed('certificate-untrusted', `The certificate of ${host} cannot be trusted (${code}).`, false)
  }
  if (/TIMEOUT|ETIMEDOUT|UND_ERR_ABORTED|ABORT_ERR/.test(code) || (error as Error)?.name === 'TimeoutError') {
    return failed('timed-out', `${host} did not answer in time.`)
  }
  if (/^(ECONN|EPIPE|EHOST|ENET|UND_ERR|ERR_SSL|EPROTO|ESOCKET)/.test(code)) {
    return failed('connection-broken', `The connection to ${host} broke (${code}).`)
  }
  return null
}

/** What is kept and shown of a failure, without anything that is secret. */
export function describeFailure(error: unknown, hidden: readonly string[]): ChannelError {
  const known = error instanceof SendFailure ? error : null
  const hide = (text: string): string => withoutSecrets(plainText(text), hidden)
  return {
    code: known?.code ?? 'send-failed',
    // What is not ours may hold anything: a library's message, a path, the secret itself in another writing.
    message: known ? hide(known.message) : 'It failed in an unexpected way. The log of the sender says more.',
    hint: known?.hint ? hide(known.hint) : null,
  }
}

/** One line without control characters, so that it cannot pass for other lines of a log or steer a terminal. */
export const plainText = (text: string, longest = 500): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ')
    .trim()
    .slice(0, longest)

export const withoutSecrets = (text: string, hidden: readonly string[]): string =>
  hidden
    .filter((secret) => secret.length >= 4)
    .sort((a, b) => b.length - a.length)
    .reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), text)
