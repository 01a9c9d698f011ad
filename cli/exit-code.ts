import { AppError, type ErrorKind, messageOf, type Outcome } from '#lib/errors.ts'

const exitCodes: Record<ErrorKind, number> = {
  failed: 1,
  invalid: 2,
  refused: 3,
  'not-found': 4,
  unavailable: 1,
}

const kindOf = (code: string): ErrorKind =>
  code === 'invalid-input' ? 'invalid' : code.endsWith('-not-found') ? 'not-found' : 'refused'

/** Unwraps a verb's outcome; a refusal becomes an AppError whose kind gives the exit code 2, 3 or 4. */
export function requireDone<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  const { code, reason, hint } = outcome.refusal
  throw new AppError(code, reason, { kind: kindOf(code), hint })
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
])

/** Any thrown thing as the error that people and `--json` get. */
export function asAppError(thrown: unknown): AppError {
  const error = rootOf(thrown)
  if (error instanceof AppError) return error
  const code = (error as { code?: unknown }).code
  if (typeof code === 'string' && unreachable.has(code)) {
    return new AppError('database-unreachable', messageOf(error), {
      kind: 'unavailable',
      hint: 'Is it running? `npm start` starts the embedded one; `holdfast doctor` says more.',
      cause: thrown,
    })
  }
  if (code === '42P01' || code === '3F000') {
    return new AppError('store-not-migrated', messageOf(error), {
      hint: 'Run: holdfast migrate',
      cause: thrown,
    })
  }
  return new AppError('failed', messageOf(error), { cause: thrown })
}

/** Drizzle wraps the server's error in one that repeats the SQL; people need the server's words. */
function rootOf(thrown: unknown): unknown {
  let error = thrown
  while (!(error instanceof AppError) && error instanceof Error && error.cause instanceof Error) {
    error = error.cause
  }
  return error
}

export const exitCodeOf = (error: AppError): number => exitCodes[error.kind]
