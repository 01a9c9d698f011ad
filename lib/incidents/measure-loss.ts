import { and, eq, sql } from 'drizzle-orm'
import { guardEvents } from '#drizzle/schema/guards.ts'
import { rowCounts } from '#drizzle/schema/health.ts'
import { operations } from '#drizzle/schema/operations.ts'
import type { DbOrTx } from '#lib/db/client.ts'

export interface TableLoss {
  table: string
  rows: number
  /** `journal`: the guard counted the deletes themselves. `row-counts`: the difference of two counts. */
  evidence: 'journal' | 'row-counts'
}

/**
 * What each table lost between two moments, from the guards' journal and from the recorded row counts.
 * Of both the larger: the journal misses what went around the guard, a difference hides what was inserted meanwhile.
 * What an approved permit or operation deleted is not lost.
 * Null when there is no evidence of either kind.
 */
export async function measureLoss(
  db: DbOrTx,
  targetId: string,
  beganAt: Date,
  until: Date | null,
): Promise<TableLoss[] | null> {
  const end = until === null ? sql`now()` : sql`${until.toISOString()}::timestamptz`
  const began = sql`${beganAt.toISOString()}::timestamptz`
  const rows = await db.execute<{ table_name: string; journal: string | null; counted: string | null }>(sql`
    with journal as (
      select table_name, sum(rows) as rows from ${guardEvents}
      where target_id = ${targetId} and kind = 'deleted' and at between ${began} and ${end}
      group by table_name
    ), lowest as (
      select distinct on (table_name) table_name, rows, counted_at from ${rowCounts}
      where target_id = ${targetId} and counted_at between ${began} and ${end}
      order by table_name, rows, counted_at
    ), counted as (
      select lowest.table_name, greatest(before.rows - lowest.rows - allowed.rows, 0) as rows
      from lowest cross join lateral (
        select rows, counted_at from ${rowCounts} earlier
        where earlier.target_id = ${targetId} and earlier.table_name = lowest.table_name
          and earlier.counted_at < ${began} and earlier.counted_at > ${began} - interval '7 days'
        order by earlier.counted_at desc limit 1
      ) before cross join lateral (
        -- What an approved permit or operation took is missing from the counts, and not lost.
        select coalesce(sum(event.rows), 0) as rows from ${guardEvents} event
        where event.target_id = ${targetId} and event.table_name = lowest.table_name and event.kind = 'permitted'
          and event.detail ->> 'act' = 'delete' and event.at > before.counted_at and event.at <= lowest.counted_at
      ) allowed
    )
    select table_name, journal.rows as journal, counted.rows as counted
    from journal full join counted using (table_name)
    order by table_name`)
  if (rows.length === 0) return null
  return rows
    .map((row): TableLoss => {
      const journal = Number(row.journal ?? 0)
      const counted = Number(row.counted ?? 0)
      return {
        table: row.table_name,
        rows: Math.max(journal, counted),
        evidence: journal >= counted && row.journal !== null ? 'journal' : 'row-counts',
      }
    })
    .filter((loss) => loss.rows > 0)
}

export const sumLoss = (losses: readonly TableLoss[] | null): number | null =>
  losses === null ? null : losses.reduce((sum, loss) => sum + loss.rows, 0)

/** How many rows an operation wrote, out of its kind's own result. */
export const writtenRowsOf = (result: unknown): number | null => {
  const rows = (result as { writtenRows?: unknown } | null)?.writtenRows
  return typeof rows === 'number' ? rows : null
}

/** Rows that the operations of an incident put back. Null while none has succeeded. */
export async function measureRecovered(db: DbOrTx, incidentId: string): Promise<number | null> {
  const succeeded = await db
    .select({ result: operations.result })
    .from(operations)
    .where(and(eq(operations.incidentId, incidentId), eq(operations.status, 'succeeded')))
  const written = succeeded.flatMap(({ result }) => writtenRowsOf(result) ?? [])
  return written.length === 0 ? null : written.reduce((sum, rows) => sum + rows, 0)
}
