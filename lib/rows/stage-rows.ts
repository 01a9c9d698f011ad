import { randomBytes } from 'node:crypto'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { type ComparedBuckets, compareBuckets } from '#lib/rows/compare-buckets.ts'
import { columnList, rowsOf, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { countRows } from '#lib/rows/set-aside.ts'
import { exactType, isBorrowed } from '#lib/rows/type-changes.ts'
import type { RowsSource, SourceColumn } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import { quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const columnsSql = loadSql(new URL('./sql/columns.sql', import.meta.url))
const typesSql = loadSql(new URL('./sql/types.sql', import.meta.url))

type Session = postgres.Sql | postgres.TransactionSql

/** The columns of any relation, views and Holdfast's own included. */
export const readColumns = (sql: Session, relation: TableName): Promise<SourceColumn[]> =>
  sql.unsafe<SourceColumn[]>(columnsSql, [quoteTable(relation)])

export interface StageOptions {
  signal?: AbortSignal | undefined
  /** Brings every row, also those that live has just so. */
  whole?: boolean | undefined
  /** Only these columns take part; left out: all. */
  columns?: readonly string[] | undefined
  /** Rows copied so far. */
  onProgress?: (rows: number) => void
}

export interface StagedRows {
  source: RowsSource
  /** How much travelled, of how much. */
  copiedRows: number
  sourceRows: number
}

interface TypeHere {
  type: string
  known: boolean
  labels: string[] | null
  definition: string | null
}

/** The columns of the other database, with those that live could not take as they are marked to travel as text. */
async function listColumns(
  from: Session,
  to: Session,
  there: Table,
  wanted: readonly string[] | undefined,
): Promise<SourceColumn[]> {
  const stored = new Set(
    there.columns.filter((column) => column.generated === 'stored').map((column) => column.name),
  )
  const columns = (await readColumns(from, there)).filter(
    ({ name: column }) => !stored.has(column) && (wanted?.includes(column) ?? true),
  )
  const borrowed = [...new Set(columns.map(({ type }) => type).filter(isBorrowed))]
  if (borrowed.length === 0) return columns
  const read = (sql: Session) => sql.unsafe<TypeHere[]>(typesSql, [borrowed as never])
  const [theirs, ours] = await Promise.all([read(from), read(to)])
  const isTakenAsIs = (type: string): boolean => {
    const [a, b] = [theirs, ours].map((types) => types.find((one) => one.type === type)!)
    if (!b!.known) return false
    return a!.labels
      ? a!.labels.every((label) => b!.labels?.includes(label))
      : a!.definition === b!.definition
  }
  return columns.map((column) =>
    !isBorrowed(column.type) || isTakenAsIs(column.type) ? column : { ...column, textOf: column.type },
  )
}

/** Which buckets differ; null when everything has to travel. */
async function findDiffering(
  from: Session,
  to: Session,
  live: Table,
  there: Table,
  columns: readonly SourceColumn[],
  { signal, columns: wanted }: StageOptions,
): Promise<ComparedBuckets | null> {
  const settable = live.columns.filter(
    ({ name: column, generated }) => generated !== 'stored' && (wanted?.includes(column) ?? true),
  )
  const typeOf = (list: readonly SourceColumn[]) => new Map(list.map((one) => [one.name, one.type]))
  const [liveTypes, theirTypes] = [typeOf(live.columns), typeOf(columns)]
  const common = settable
    .filter(({ name: column }) => theirTypes.get(column) === liveTypes.get(column))
    .map((column) => column.name)
  // Rows whose columns changed since cannot be told apart by checksums; then everything travels.
  if (common.length !== columns.length || live.key?.join('\0') !== there.key?.join('\0')) return null
  const isWhole = ({ columns: all }: Table) =>
    wanted === undefined && all.map((one) => one.name).join('\0') === common.join('\0')
  const side = { signal, relation: there }
  return compareBuckets(
    live,
    common,
    { ...side, sql: from, alias: 's', rows: rowsOf(there), isWhole: isWhole(there) },
    { ...side, sql: to, alias: 'l', rows: rowsOf(live), relation: live, isWhole: isWhole(live) },
  )
}

/**
 * Brings the rows of another database that may differ from live beside the live table: both sides checksum their rows by
 * buckets of the key at the same time, and only the buckets that differ travel, into a temporary table of the live session.
 * Memory does not grow with the table. Writes to nothing else.
 */
export async function stageRows(
  from: Session,
  to: Session,
  live: Table,
  there: Table,
  options: StageOptions = {},
): Promise<StagedRows> {
  const { signal, whole = false } = options
  const columns = await listColumns(from, to, there, options.columns)
  const found = whole ? null : await findDiffering(from, to, live, there, columns, options)
  const only = found && !found.isMost ? found : null
  const staged = temporary(`holdfast_staged_${randomBytes(5).toString('hex')}`)
  const names = columns.map((column) => column.name)
  const list = columns.map(
    (column) =>
      fragment`${name(column.name)} ${exactType(column.textOf === undefined ? column.type : 'text')}`,
  )
  await runSql({ sql: to }, fragment`create temporary table ${name(staged.name)} (${join(list, ', ')})`)
  const copiedRows = await copyRows(from, to, {
    read: fragment`select ${columnList(names)} from ${rowsOf(there)} s${
      only ? fragment` where ${only.buckets.among('s', only.chosen)}` : fragment``
    }`,
    write: fragment`${tableOf(staged)} (${columnList(names)})`,
    options,
  })
  // A COPY that failed at its very end may look like one that succeeded.
  if ((await countRows({ sql: to as postgres.TransactionSql, signal }, staged)) !== copiedRows)
    throw notTaken()
  if (live.key?.every((column) => names.includes(column)))
    await runSql({ sql: to, signal }, fragment`create index on ${tableOf(staged)} (${columnList(live.key)})`)
  // Without statistics the anti-join after a bulk load was measured 153 times as slow.
  await runSql({ sql: to, signal }, fragment`analyze ${tableOf(staged)}`)
  return {
    source: {
      relation: staged,
      columns,
      within: only ? (alias) => only.buckets.among(alias, only.chosen) : undefined,
    },
    copiedRows,
    sourceRows: found?.sourceRows ?? copiedRows,
  }
}

async function copyRows(
  from: Session,
  to: Session,
  copy: { read: Fragment; write: Fragment; options: StageOptions },
): Promise<number> {
  const { signal, onProgress } = copy.options
  const textOf = (statement: Fragment) => statement.parts.join('')
  const source = await from.unsafe(`copy (${textOf(copy.read)}) to stdout`).readable()
  const sink = await to.unsafe(`copy ${textOf(copy.write)} from stdin`).writable()
  endWithFailure(to, sink)
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

const notTaken = (cause?: unknown): AppError =>
  new AppError('rows-refused', 'The database does not take the rows of the source as they are.', {
    kind: 'refused',
    hint: 'A type of a column holds less than it did. Leave this table out.',
    cause,
  })

/**
 * postgres.js forgets a COPY whose last data the server refuses, and its stream would never end: when the next statement
 * answers and the stream has not ended, the COPY has failed.
 */
function endWithFailure(to: Session, sink: Writable): void {
  const finish = sink._final.bind(sink)
  sink._final = (callback) => {
    let isOver = false
    finish((error) => {
      isOver = true
      callback(error)
    })
    const fail = (cause?: unknown) => {
      if (!isOver) sink.destroy(notTaken(cause))
    }
    to.unsafe('select 1').then(() => fail(), fail)
  }
}
