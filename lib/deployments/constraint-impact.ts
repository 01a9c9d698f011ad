import type postgres from 'postgres'
import { parseConstraint } from '#lib/deployments/parse-constraint.ts'
import { AppError } from '#lib/errors.ts'
import { formatTable, quoteTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const functionSafetySql = loadSql(new URL('./sql/function_safety.sql', import.meta.url))
const sampleSize = 5

export interface ConstraintImpact {
  rows: number
  violations: number
  /** Keys of a few rows that violate. */
  samples: string[]
}

/**
 * How many live rows a CHECK would refuse, with PostgreSQL's own rule: a row violates where the expression is false
 * (a null result passes; manual, “5.5.1. Check Constraints”). Read-only and time-limited; the expression is parsed first
 * and may call immutable built-in functions only. Throws AppError `constraint-expression` or `constraint-timeout`.
 */
export async function measureConstraintImpact(
  sql: postgres.Sql,
  table: Table,
  expression: string,
  timeoutMs = 30_000,
): Promise<ConstraintImpact> {
  const { functions } = await parseConstraint(expression)
  if (functions.length > 0) {
    const rows = await sql.unsafe<{ name: string; unsafe: boolean }[]>(functionSafetySql, [functions])
    const unsafe = rows.filter((row) => row.unsafe).map((row) => row.name)
    if (unsafe.length > 0) {
      throw new AppError(
        'constraint-expression',
        `Not a built-in immutable function: ${unsafe.join(', ')}.`,
        {
          kind: 'invalid',
          hint: 'PostgreSQL wants CHECK constraints to be immutable.',
        },
      )
    }
  }
  const key = table.key
    ? `(${table.key.map((column) => `"${column.replaceAll('"', '""')}"`).join(', ')})::text`
    : 'ctid::text'
  const condition = `((\n${expression}\n)) is false`
  try {
    return await sql.begin('isolation level repeatable read read only', async (transaction) => {
      await transaction`select set_config('statement_timeout', ${String(timeoutMs)}, true)`
      const [counts] = await transaction.unsafe<{ rows: string; violations: string }[]>(
        `select count(*) as rows, count(*) filter (where ${condition}) as violations from ${quoteTable(table)}`,
      )
      const violations = Number(counts!.violations)
      const samples =
        violations === 0
          ? []
          : await transaction.unsafe<{ key: string }[]>(
              `select ${key} as key from ${quoteTable(table)} where ${condition} limit ${sampleSize}`,
            )
      return { rows: Number(counts!.rows), violations, samples: samples.map((row) => row.key) }
    })
  } catch (error) {
    const code = (error as { code?: string }).code
    if (code === '57014') {
      throw new AppError(
        'constraint-timeout',
        `The expression takes longer than ${timeoutMs / 1000} s over ${formatTable(table)}.`,
      )
    }
    if (code?.startsWith('42')) {
      throw new AppError(
        'constraint-expression',
        `PostgreSQL refuses the expression: ${(error as Error).message}`,
        { kind: 'invalid' },
      )
    }
    throw error
  }
}
