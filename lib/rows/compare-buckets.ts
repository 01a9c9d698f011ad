import type postgres from 'postgres'
import { type Buckets, chooseBuckets, type KeyEnds, rangeColumn } from '#lib/rows/buckets.ts'
import { columnIn, lineOf } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Fragment, fragment, integer } from '#lib/sql/fragment.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const estimateSql = loadSql(new URL('./sql/estimate.sql', import.meta.url))

/** One of the two things that are compared: where its rows are, as the live columns, and the session that reads them. */
export interface Side {
  sql: postgres.Sql | postgres.TransactionSql
  signal?: AbortSignal | undefined
  alias: 'l' | 's'
  rows: Fragment
  /** For the estimate of its size. */
  relation: TableName
  /** The relation's columns are those that are compared, in this order: then its rows need not be made anew. */
  isWhole: boolean
}

/** Fewer rows than these are compared at once; and travel, which costs more than a scan. */
const fewRows = { beside: 20_000, elsewhere: 2_000 }

export interface ComparedBuckets {
  buckets: Buckets
  /** Those that differ. */
  chosen: string[]
  /** Most of them differ, so that looking only into those saves nothing. */
  isMost: boolean
  /** Rows of the source, counted. */
  sourceRows: number
}

/** As many rows as the statistics say, or as the files may hold. */
export async function estimateRows(sql: Side['sql'], relation: TableName): Promise<number> {
  const [row] = await sql.unsafe<{ rows: string }[]>(estimateSql, [quoteTable(relation)])
  return Number(row!.rows)
}

const aliasOf = { l: fragment`l`, s: fragment`s` }

async function readEnds(side: Side, column: string): Promise<KeyEnds | null> {
  const key = columnIn(side.alias, column)
  const [row] = await runSql<{ lowest: string | null; highest: string | null }>(
    side,
    fragment`select min(${key})::text as lowest, max(${key})::text as highest from ${side.rows} ${aliasOf[side.alias]}`,
  )
  return row!.lowest === null || row!.highest === null
    ? null
    : { lowest: BigInt(row!.lowest), highest: BigInt(row!.highest) }
}

async function readBothEnds(live: Table, sides: readonly [Side, Side]): Promise<KeyEnds | null> {
  const column = rangeColumn(live)
  if (!column) return null
  const ends = (await Promise.all(sides.map((side) => readEnds(side, column)))).filter((one) => one !== null)
  const [a, b = a] = ends
  if (!a || !b) return null
  return {
    lowest: a.lowest < b.lowest ? a.lowest : b.lowest,
    highest: a.highest > b.highest ? a.highest : b.highest,
  }
}

async function sumBuckets(
  side: Side,
  columns: readonly string[],
  buckets: Buckets,
): Promise<Map<string, { rows: number; sum: string }>> {
  const { alias } = side
  const line = side.isWhole ? fragment`(${aliasOf[alias]}::text collate "C")` : lineOf(alias, columns)
  // A volatile column keeps the planner from seeing the key through the bucket's number: it would expect a bucket for
  // each row, and read with one process. Two read 5M rows in 5.2 s, one in 9.6 s.
  const rows = await runSql<{ bucket: string; rows: string; sum: string }>(
    side,
    fragment`select b.bucket::text as bucket, count(*)::text as rows, sum(b.hash)::text as sum
      from (select ${buckets.of(alias)} as bucket, hashtextextended(${line}, ${integer(11)}) as hash, clock_timestamp() as apart
        from ${side.rows} ${aliasOf[alias]}) b group by b.bucket`,
  )
  return new Map(rows.map(({ bucket, rows: count, sum }) => [bucket, { rows: Number(count), sum }]))
}

/**
 * Checksums the rows of both sides by buckets of the key, at once where two sessions read them, and says which buckets
 * differ: one scan of each side. Null where the tables are too small to be worth it. Writes nothing.
 */
export async function compareBuckets(
  live: Table,
  columns: readonly string[],
  there: Side,
  here: Side,
): Promise<ComparedBuckets | null> {
  const estimates = await Promise.all([there, here].map((side) => estimateRows(side.sql, side.relation)))
  const most = Math.max(...estimates)
  if (most < (there.sql === here.sql ? fewRows.beside : fewRows.elsewhere)) return null
  const lineHash = (alias: 'l' | 's') => fragment`hashtextextended(${lineOf(alias, columns)}, 7)`
  const buckets = chooseBuckets(live, most, await readBothEnds(live, [there, here]), lineHash)
  const [theirs, ours] = await Promise.all([
    sumBuckets(there, columns, buckets),
    sumBuckets(here, columns, buckets),
  ])
  const chosen = [...new Set([...theirs.keys(), ...ours.keys()])].filter((bucket) => {
    const [a, b] = [theirs.get(bucket), ours.get(bucket)]
    return a?.rows !== b?.rows || a?.sum !== b?.sum
  })
  return {
    buckets,
    chosen,
    isMost: chosen.length * 2 > buckets.count,
    sourceRows: [...theirs.values()].reduce((sum, { rows }) => sum + rows, 0),
  }
}
