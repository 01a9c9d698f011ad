import type { CommandOptions } from '#cli/command.ts'
import { readMoment } from '#cli/moment-option.ts'
import { AppError } from '#lib/errors.ts'

/** What of a journal is meant: a transaction, or a time. */
export const journalOptions = [
  [
    '--transaction <id>',
    'journal: what this transaction (or several, separated by commas) deleted or overwrote',
  ],
  ['--since <time>', 'journal: what happened since 2026-03-04T14:02Z, or 90m, 6h, 2d ago'],
  ['--until <time>', 'journal: and before this time; default: now'],
  ['--act <act>', 'journal: delete or update; default: both'],
] as const

const momentOf = (text: unknown): { toISOString(): string } | undefined =>
  typeof text === 'string' ? readMoment(text, new Date()) : undefined

/** Reads the options; with a fallback a time need not be said. */
export function readJournalSource(options: CommandOptions, fallback?: string) {
  const { transaction, act } = options
  const since = options.since ?? (transaction === undefined ? fallback : undefined)
  if (since === undefined && transaction === undefined)
    throw new AppError('usage', 'Say what to undo.', {
      kind: 'invalid',
      hint: 'Add --transaction ID (holdfast guards let-go NAME lists them), or --since TIME and --until TIME.',
    })
  return {
    kind: 'journal' as const,
    ...(typeof transaction === 'string'
      ? { transactionIds: transaction.split(',').map((id) => id.trim()) }
      : {}),
    ...(since === undefined ? {} : { since: momentOf(since)!.toISOString() }),
    ...(options.until === undefined ? {} : { until: momentOf(options.until)!.toISOString() }),
    ...(act === undefined ? {} : { act }),
  }
}

/** Splits at commas outside of quotes: names may contain them. */
export const readTables = (tables: unknown): string[] =>
  typeof tables === 'string'
    ? (tables.match(/(?:"(?:[^"]|"")*"|[^",])+/g) ?? []).map((table) => table.trim()).filter(Boolean)
    : []
