import { AppError, messageOf } from '#lib/errors.ts'

/** What a target's own errors mean for a backup, with what to do. Known errors and unknown ones pass through. */
export function explainFailure(error: unknown): unknown {
  if (error instanceof AppError) return error
  const code = String((error as { code?: string } | null)?.code ?? '')
  const words = messageOf(error)
  if (code === '55P03') {
    return new AppError('backup-locked', 'A table was locked by somebody else for too long.', {
      hint: 'A migration probably holds it: select * from pg_locks where mode = ‘AccessExclusiveLock’. Try again later.',
      cause: error,
    })
  }
  if (code === '42501') {
    return new AppError('backup-unreadable', `The role may not do this: ${words}.`, {
      kind: 'refused',
      hint: 'See what is missing: holdfast targets check NAME',
      cause: error,
    })
  }
  if (/^(08|57P0|CONNECTION_|ECONN|EPIPE|ETIMEDOUT)/.test(code)) {
    return new AppError('target-lost', `The connection to the target was lost: ${words}.`, {
      kind: 'unavailable',
      hint: 'Nothing was kept of this attempt. Try again.',
      cause: error,
    })
  }
  return error
}
