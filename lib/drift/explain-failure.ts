import { AppError, messageOf } from '#lib/errors.ts'

const lost = /^(08|57P0|CONNECTION_|ECONN|EPIPE)/

// What we made ourselves is only gone when the session is.
const isOurs = (error: unknown): boolean => /holdfast_/.test(messageOf(error))

/** What stopped a comparison halfway, with the step that helps; what was explained already stays as it is. */
export function explainFailure(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code = '' } = (error ?? {}) as { code?: string }
  const failed = (message: string, hint: string | null) =>
    new AppError('comparison-failed', message, { hint, cause: error })
  if (lost.test(code) || (code === '42P01' && isOurs(error)))
    return failed(
      'The connection to one of the two was lost while they were compared.',
      'Compare them again.',
    )
  if (code === '55P03')
    return failed(
      'A table is locked by another session.',
      'Compare them again; see what holds it: select * from pg_locks where not granted;',
    )
  if (code === '42501')
    return failed(
      `A role may not read everything: ${messageOf(error)}.`,
      'Grant it select on the tables, and on those that they refer to.',
    )
  return failed(messageOf(error), null)
}
