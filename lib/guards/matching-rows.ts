import type postgres from 'postgres'
import type { PermitRequestFacts } from '#lib/guards/read-permit.ts'
import type { PlannedTable } from '#lib/operations/types.ts'
import { quoteColumns, quoteTable, sameTable } from '#lib/sql/identifier.ts'
import { listTables } from '#lib/targets/introspect.ts'

const countTimeoutMs = 10_000
const sampleSize = 5
const longestValue = 200
const queryCancelled = '57014'

export interface MatchingRows {
  /** Null: could not be counted in time. */
  rows: number | null
  samples: PlannedTable['samples']
}

/** How many rows a permit is about now, and a few of them. Read-only and time-limited. */
export async function readMatchingRows(
  sql: postgres.Sql,
  { name, predicate }: Pick<PermitRequestFacts, 'name' | 'predicate'>,
): Promise<MatchingRows> {
  const table = (await listTables(sql)).find((candidate) => sameTable(candidate, name))
  const where = predicate === null ? '' : `where (\n${predicate}\n)`
  const from = `from ${quoteTable(name)} t ${where}`
  const key = table?.key ? `(${quoteColumns(table.key)})::text` : 't.ctid::text'
  try {
    return await sql.begin('isolation level repeatable read read only', async (transaction) => {
      await transaction`select set_config('statement_timeout', ${String(countTimeoutMs)}, true)`
      await transaction`select set_config('search_path', '', true)`
      const [count] = await transaction.unsafe<[{ rows: string }]>(`select count(*) as rows ${from}`)
      const samples = await transaction.unsafe<{ key: string; row: Record<string, unknown> }[]>(
        `select ${key} as key, to_jsonb(t) as row ${from} limit ${sampleSize}`,
      )
      return {
        rows: Number(count.rows),
        samples: samples.map(({ key: label, row }) => ({
          kind: 'extra' as const,
          key: label,
          live: asText(row),
        })),
      }
    })
  } catch (error) {
    if ((error as { code?: string }).code === queryCancelled) return { rows: null, samples: [] }
    throw error
  }
}

const asText = (row: Record<string, unknown>): Record<string, string | null> =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      value === null
        ? null
        : (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, longestValue),
    ]),
  )
