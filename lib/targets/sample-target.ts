import type postgres from 'postgres'
import { bind, columnOf, type Fragment, fragment, integer, tableOf, toStatement } from '#lib/sql/fragment.ts'
import type { Table } from '#lib/targets/types.ts'

/** Runs a statement of ours; a table that may not be read, or takes too long, counts as knowing nothing. */
async function ask<T extends object>(sql: postgres.Sql, statement: Fragment): Promise<T[]> {
  const { text, parameters } = toStatement(statement)
  try {
    return await sql.unsafe<T[]>(text, parameters)
  } catch {
    return []
  }
}

const sampleSize = 300

/** How many of up to 300 distinct values of a column are keys of another table, as text. */
export async function sampleHits(
  sql: postgres.Sql,
  table: Table,
  column: string,
  referenced: Table,
  key: string,
  only?: { column: string; value: string },
): Promise<{ values: number; hits: number }> {
  const where = only ? fragment` and ${columnOf('t', only.column)}::text = ${bind(only.value)}` : fragment``
  const [row] = await ask<{ values: number; hits: number }>(
    sql,
    fragment`select count(*)::int as values,
      count(*) filter (where exists (select from ${tableOf(referenced)} r where ${columnOf('r', key)}::text = s.value))::int as hits
    from (select distinct ${columnOf('t', column)}::text as value from ${tableOf(table)} t
      where ${columnOf('t', column)} is not null${where} limit ${integer(sampleSize)}) s`,
  )
  return row ?? { values: 0, hits: 0 }
}

/** Up to 50 of the most frequent values of a column, or none when it has more than that. */
export async function sampleValues(sql: postgres.Sql, table: Table, column: string): Promise<string[]> {
  const rows = await ask<{ value: string | null }>(
    sql,
    fragment`select ${columnOf('t', column)}::text as value from ${tableOf(table)} t group by 1 order by count(*) desc limit 51`,
  )
  return rows.length > 50 ? [] : rows.flatMap(({ value }) => (value === null ? [] : [value]))
}

/** Rows of a table, counted up to a thousand. */
export async function sampleRows(sql: postgres.Sql, table: Table): Promise<number> {
  const [row] = await ask<{ rows: number }>(
    sql,
    fragment`select count(*)::int as rows from (select from ${tableOf(table)} t limit 1000) s`,
  )
  return row?.rows ?? 0
}

/** Runs a statement of ours that yields one row. */
export const askOne = async <T extends object>(sql: postgres.Sql, statement: Fragment): Promise<T | null> =>
  (await ask<T>(sql, statement))[0] ?? null
