import { AppError } from '#lib/errors.ts'

const units: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `2026-03-04T14:02Z` or `90m`, `6h`, `2d` (ago). */
export function readMoment(text: string, now: Date): Date {
  const ago = /^(\d{1,6})([mhd])$/.exec(text)
  const moment = ago ? new Date(now.getTime() - Number(ago[1]) * units[ago[2]!]!) : new Date(text)
  if (!Number.isNaN(moment.getTime())) return moment
  throw new AppError('usage', `“${text}” is not a time.`, {
    kind: 'invalid',
    hint: 'Write 2026-03-04T14:02Z, or how long ago: 90m, 6h, 2d.',
  })
}
