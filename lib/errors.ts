/** Why an act was not done, in a form every door can show: a stable code, one sentence, and what to do next. */
export interface Refusal {
  code: string
  reason: string
  hint: string | null
  /** Machine-readable particulars, e.g. the Zod issues of an invalid input. Never secrets. */
  details?: unknown
}

/** The result of every verb: refusals are values (expected, shown, audited), failures are exceptions. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal }

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value })

export const refuse = (
  code: string,
  reason: string,
  hint: string | null = null,
  details?: unknown,
): { ok: false; refusal: Refusal } => ({
  ok: false,
  refusal: { code, reason, hint, ...(details === undefined ? {} : { details }) },
})

/** How a failure is told to the world: the HTTP status and the CLI's exit code follow from it. */
export type ErrorKind = 'failed' | 'invalid' | 'refused' | 'not-found' | 'unavailable'

/**
 * A failure with a message that is safe and useful to show to the person who acts.
 * `cause` holds the original error for the log; it is never sent to a browser.
 */
export class AppError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly hint: string | null

  constructor(
    code: string,
    message: string,
    options: { kind?: ErrorKind; hint?: string | null; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.kind = options.kind ?? 'failed'
    this.hint = options.hint ?? null
  }
}

export const notFound = (noun: string, id: string, hint: string | null = null): AppError =>
  new AppError(`${noun}-not-found`, `There is no ${noun} “${id}”.`, { kind: 'not-found', hint })

/** The message of anything thrown, for logs and for records of failed work. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : typeof error === 'string' ? error : JSON.stringify(error)

/** Unwraps an outcome where a refusal is not expected: turns it into a thrown AppError of kind `refused`. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  const { code, reason, hint } = outcome.refusal
  throw new AppError(code, reason, { kind: 'refused', hint })
}
