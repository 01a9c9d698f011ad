import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { parseQuestion } from '#lib/sql/parse-question.ts'

const functionsSql = loadSql(new URL('./sql/question_functions.sql', import.meta.url))

/** PostgreSQL calls these volatile because their results change, though they change nothing themselves. */
const harmless = new Set([
  'clock_timestamp',
  'gen_random_uuid',
  'pg_blocking_pids',
  'pg_current_wal_lsn',
  'pg_database_size',
  'pg_indexes_size',
  'pg_is_in_recovery',
  'pg_last_wal_receive_lsn',
  'pg_last_wal_replay_lsn',
  'pg_last_xact_replay_timestamp',
  'pg_partition_ancestors',
  'pg_partition_tree',
  'pg_relation_size',
  'pg_table_size',
  'pg_tablespace_size',
  'pg_total_relation_size',
  'random',
  'timeofday',
])

/** Not volatile, but they take a transaction id, or read a whole database at a word. */
const harmful = /^(txid_current|pg_current_xact_id|pg_sleep.*|(table|schema|database|query|cursor)_to_xml.*)$/

/**
 * Whether somebody's own question may be asked of a target: one SELECT, whose functions are built in and have no effect
 * beyond their result. A read-only transaction stops writes, but no signal, lock, message, file or other session.
 * What stands behind a view, a type or an operator is the database's own and is not looked into. Returns the statement
 * alone. Throws AppError `question-refused`.
 */
export async function admitQuestion(sql: postgres.Sql, text: string): Promise<string> {
  const question = await parseQuestion(text)
  const rows = await sql.unsafe<{ name: string; known: number; hasEffects: boolean }[]>(functionsSql, [
    question.functions,
  ])
  const unknown = rows.filter(({ known }) => known === 0).map(({ name }) => name)
  const acting = rows
    .filter(({ name, hasEffects }) => harmful.test(name) || (hasEffects && !harmless.has(name)))
    .map(({ name }) => name)
  const refused = (what: string, hint: string): AppError =>
    new AppError('question-refused', what, { kind: 'invalid', hint })
  if (acting.length > 0)
    throw refused(
      `It calls ${acting.join(', ')}, which does more than read.`,
      'Leave it out; built-in functions that only compute are welcome.',
    )
  if (unknown.length > 0)
    throw refused(
      `It calls ${unknown.join(', ')}, which is not built into PostgreSQL: what it does cannot be known.`,
      'Write out what the function does.',
    )
  return question.text
}
