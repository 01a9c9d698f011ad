import { AppError } from '#lib/errors.ts'

/** A moment that somebody gave, such as `2026-03-01T02:00Z`. Without a zone it is the terminal's. */
export function readInstant(text: unknown): Date {
  const at = new Date(String(text))
  if (!Number.isNaN(at.getTime())) return at
  throw new AppError('usage', `“${String(text)}” is no time.`, {
    kind: 'invalid',
    hint: 'For example: 2026-03-01T02:00Z',
  })
}
