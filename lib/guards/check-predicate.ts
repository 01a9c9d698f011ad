import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import { parseRowExpression } from '#lib/sql/parse-row-expression.ts'

const foreignPartsSql = loadSql(new URL('./sql/foreign_parts.sql', import.meta.url))

/** The class “syntax error or access rule violation”, and an index's own refusals of what is not one immutable row. */
const refusedByPostgres = /^(42|0A|22)/

/**
 * A permit's predicate as the guard will evaluate it, with the guard owner's rights: one boolean expression over this
 * table's own columns, immutable, and of nothing but built-in functions, operators and types. PostgreSQL judges that:
 * it is made the predicate of an index over an empty copy, whose dependencies are then looked at. Call it in a
 * transaction that is rolled back. Throws AppError `permit-expression`.
 */
export async function checkPredicate(
  transaction: postgres.TransactionSql,
  table: TableName,
  expression: string,
): Promise<string> {
  const { qualified } = await parseRowExpression(expression, 'permit')
  const invalid = (message: string) =>
    new AppError('permit-expression', message, {
      kind: 'invalid',
      hint: 'Compare columns of this table with fixed values: now() and other functions that change are not allowed.',
    })
  // As the guard does: only what PostgreSQL brings is found by a bare name.
  await transaction`select set_config('search_path', '', true)`
  try {
    await transaction.unsafe(
      `create temporary table holdfast_permit (like ${quoteTable(table)}) on commit drop`,
    )
    await transaction.unsafe(
      `create index holdfast_permit_probe on pg_temp.holdfast_permit ((1)) where (\n${qualified}\n)`,
    )
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code && refusedByPostgres.test(code) && code !== '42501') {
      throw invalid(`PostgreSQL refuses the expression: ${message}`)
    }
    throw error
  }
  const foreign = await transaction.unsafe<{ part: string }[]>(foreignPartsSql, [
    'pg_temp.holdfast_permit_probe',
  ])
  if (foreign.length === 0) return qualified
  throw invalid(
    `A permit may use only what PostgreSQL brings, not ${foreign.map(({ part }) => part).join(', ')}.`,
  )
}
