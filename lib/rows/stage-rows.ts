import { randomBytes } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import type postgres from 'postgres'
import { columnList, lineOf, rowsOf, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsSource, SourceColumn } from '#lib/rows/types.ts'
import { type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const columnsSql = loadSql(new URL('./sql/columns.sql', import.meta.url))

type Session = postgres.Sql | postgres.TransactionSql

/** The columns of any relation, views and Holdfast's own included. */
export const readColumns = (sql: Session, relation: TableName): Promise<SourceColumn[]> =>
  sql.unsafe<SourceColumn[]>(columnsSql, [quoteTable(relation)])

export interface StageOptions {
  signal?: AbortSignal | undefined
  /** Brings every row, also those that live has just so. */
  whole?: boolean | undefined
  /** Rows copied so far. */
  onProgress?: (rows: number) => void
}

export interface StagedRows {
  source: RowsSource
  /** How much travelled, of how much. */
  copiedRows: number
  sourceRows: number
}

const rowsPerBucket = 500
const mostBuckets = 32_768

/** Enough buckets for about 500 rows each; a power of two, so that a bit mask picks one. */
function bucketCount(rows: number): number {
  let count = 1
  while (count < mostBuckets && count * rowsPerBucket < rows) count *= 2
  return count
}

/** The bucket of a row, by its key where there is one: equal on every server, because it hashes text. */
const bucketOf = (alias: 'l' | 's', key: readonly string[], buckets: number): Fragment =>
  fragment`(hashtextextended(${lineOf(alias, key)}, 7)::bit(64)::bigint & ${integer(buckets - 1)})`

interface Bucket {
  bucket: string
  rows: string
  sum: string
}

async function sumBuckets(
  scope: { sql: Session; signal?: AbortSignal | undefined },
  from: Fragment,
  alias: 'l' | 's',
  key: readonly string[],
  columns: readonly string[],
  buckets: number,
): Promise<Map<string, string>> {
  const rows = await runSql<Bucket>(
    scope,
    fragment`select ${bucketOf(alias, key, buckets)}::text as bucket, count(*)::text as rows,
      coalesce(sum(hashtextextended(${lineOf(alias, columns)}, 11)), 0)::text as sum
      from ${from} ${alias === 'l' ? fragment`l` : fragment`s`} group by 1`,
  )
  return new Map(rows.map(({ bucket, rows: count, sum }) => [bucket, `${count}:${sum}`]))
}

const countAll = async (sql: Session, table: Table): Promise<number> => {
  const [row] = await runSql<{ rows: string }>(
    { sql },
    fragment`select count(*)::text as rows from ${rowsOf(table)} s`,
  )
  return Number(row!.rows)
}

/**
 * Brings the rows of another database that may differ from live beside the live table: both sides checksum their rows by
 * buckets of the key, and only the buckets that differ travel, into a temporary table of the live session. Memory does not
 * grow with the table. Writes to nothing else.
 */
export async function stageRows(
  from: Session,
  to: Session,
  live: Table,
  there: Table,
  options: StageOptions = {},
): Promise<StagedRows> {
  const { signal } = options
  const typed = (table: Table) => new Map(table.columns.map((column) => [column.name, column.type]))
  const liveTypes = typed(live)
  const columns = there.columns.filter((column) => column.generated !== 'stored')
  const common = columns
    .filter((column) => liveTypes.get(column.name) === column.type)
    .map((column) => column.name)
  // Rows whose columns changed since cannot be told apart by checksums; then everything travels.
  const comparable = common.length === columns.length && live.key?.join('\0') === there.key?.join('\0')

  const sourceRows = await countAll(from, there)
  const buckets = bucketCount(sourceRows)
  const key = live.key ?? common
  const differing = temporary(`holdfast_buckets_${randomBytes(5).toString('hex')}`)
  const staged = temporary(`holdfast_staged_${randomBytes(5).toString('hex')}`)
  let within: RowsSource['within']
  let chosen: string[] | null = null
  if (comparable && buckets > 1 && !options.whole) {
    const theirs = await sumBuckets({ sql: from, signal }, rowsOf(there), 's', key, common, buckets)
    const ours = await sumBuckets({ sql: to, signal }, rowsOf(live), 'l', key, common, buckets)
    chosen = [...new Set([...theirs.keys(), ...ours.keys()])].filter(
      (bucket) => theirs.get(bucket) !== ours.get(bucket),
    )
    await runSql(
      { sql: to },
      fragment`create temporary table ${name(differing.name)} (bucket bigint primary key)`,
    )
    await to.unsafe(`insert into ${quoteTable(differing)} select unnest($1::text[])::bigint`, [
      chosen as never,
    ])
    within = (alias) =>
      fragment`${bucketOf(alias, key, buckets)} in (select b.bucket from ${tableOf(differing)} b)`
  }

  const list = columns.map((column) => fragment`${name(column.name)} ${typeText(column.type)}`)
  await runSql({ sql: to }, fragment`create temporary table ${name(staged.name)} (${join(list, ', ')})`)
  const copiedRows = await copyRows(from, to, {
    read: fragment`select ${columnList(columns.map((column) => column.name))} from ${rowsOf(there)} s${
      chosen ? fragment` where ${bucketOf('s', key, buckets)} = any (${bigints(chosen)})` : fragment``
    }`,
    write: fragment`${tableOf(staged)} (${columnList(columns.map((column) => column.name))})`,
    options,
  })
  if (live.key?.every((column) => columns.some((one) => one.name === column)))
    await runSql({ sql: to, signal }, fragment`create index on ${tableOf(staged)} (${columnList(live.key)})`)
  // Without statistics the anti-join after a bulk load was measured 153 times as slow.
  await runSql({ sql: to, signal }, fragment`analyze ${tableOf(staged)}`)
  return {
    source: {
      relation: staged,
      columns: columns.map(({ name: column, type }) => ({ name: column, type })),
      within,
    },
    copiedRows,
    sourceRows,
  }
}

/** A type as the catalog of the other database spells it. */
const typeText = (type: string): Fragment => ({ parts: [type] })

/** Whole numbers that the database itself gave; COPY takes no parameters. */
const bigints = (values: readonly string[]): Fragment => ({
  parts: [`'{${values.filter((value) => /^\d+$/.test(value)).join(',')}}'::bigint[]`],
})

async function copyRows(
  from: Session,
  to: Session,
  copy: { read: Fragment; write: Fragment; options: StageOptions },
): Promise<number> {
  const { signal, onProgress } = copy.options
  const textOf = (statement: Fragment) => statement.parts.join('')
  const source = await from.unsafe(`copy (${textOf(copy.read)}) to stdout`).readable()
  const sink = await to.unsafe(`copy ${textOf(copy.write)} from stdin`).writable()
  let rows = 0
  const counted = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      // In COPY's text format a newline ends a row and occurs nowhere else.
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++
      onProgress?.(rows)
      yield chunk
    }
  }
  try {
    await pipeline(source, counted, sink, signal ? { signal } : {})
  } finally {
    // postgres.js pauses its socket on back-pressure and resumes it from read(), which an ended stream never calls:
    // when the last data and the end arrive together, the session would wait for ever.
    source._read(0)
  }
  return rows
}
