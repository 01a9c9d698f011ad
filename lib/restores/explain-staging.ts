import { AppError } from '#lib/errors.ts'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'

/** What it means to people that a table's rows could not be brought from another database; other errors as they are. */
export function explainStaging(error: unknown, live: TableName): unknown {
  const { code } = error as { code?: string }
  const refused = (why: string, message: string, hint: string) =>
    new AppError(why, message, { kind: 'refused', hint, cause: error })
  if (code === '42704')
    return refused(
      'type-missing',
      `${formatTable(live)} has a type that live does not know any more.`,
      'Leave this table out, or create the type first.',
    )
  if (code === '42501')
    return refused(
      'no-rights',
      `The rows for ${formatTable(live)} may not be read: ${(error as Error).message}.`,
      'Grant select on that table to the role that reads it, and bypassrls where rows are hidden from it.',
    )
  return error
}
