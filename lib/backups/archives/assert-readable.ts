import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const unreadableTablesSql = loadSql(new URL('./sql/unreadable_tables.sql', import.meta.url))

/**
 * Throws AppError `backup-unreadable` naming each table that this session's role cannot read whole.
 * Better no backup than one with fewer rows.
 */
export async function assertReadable(sql: postgres.Sql | postgres.TransactionSql): Promise<void> {
  const unreadable = await sql.unsafe<{ name: string; reason: string }[]>(unreadableTablesSql)
  if (unreadable.length === 0) return
  const shown = unreadable.slice(0, 10).map(({ name, reason }) => `${name} (${reason})`)
  const more = unreadable.length > shown.length ? ` and ${unreadable.length - shown.length} more` : ''
  throw new AppError('backup-unreadable', `The backup role cannot read: ${shown.join(', ')}${more}.`, {
    kind: 'refused',
    hint: 'Give it pg_read_all_data and BYPASSRLS: alter role … bypassrls; grant pg_read_all_data to …;',
  })
}
