import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import {
  addSums,
  checksumOf,
  inNameOrder,
  noRows,
  type PageRange,
  type RowSums,
  sumRows,
} from '#lib/facts/checksum-table.ts'
import type { TableFacts } from '#lib/facts/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

type Session = postgres.Sql | postgres.TransactionSql

export interface ReadTablesOptions {
  /** After each table, and after each piece of a large one: tables and bytes done, of so many. */
  onProgress?: ((done: number, total: number, doneBytes: number, totalBytes: number) => void) | undefined
  signal?: AbortSignal | undefined
  /**
   * More sessions that read the same snapshot (`set transaction snapshot`) to share the work. Large tables are then read
   * in pieces.
   */
  helpers?: readonly Session[] | undefined
  /**
   * Tables larger than this are read in pieces of this size, which shows progress inside of them. A piece goes through
   * the server's whole cache instead of the small ring that a whole table is read through, so a busy server is better off
   * without. Default: whole tables, with helpers pieces of 64 MiB.
   */
  pieceBytes?: number | undefined
}

const usualPieceBytes = 64 * 2 ** 20

const pageCountsSql = loadSql(new URL('./sql/page_counts.sql', import.meta.url))

interface Piece {
  table: number
  pages?: PageRange
  bytes: number
}

interface PageCount {
  pages: number
  pageBytes: number
}

/** The pages of each table that can be read in pieces, by its place in the list; null where it cannot. */
async function countPages(sql: Session, tables: readonly Table[]): Promise<(PageCount | null)[]> {
  const rows = await sql.unsafe<{ pages: string | null; pageBytes: number }[]>(pageCountsSql, [
    tables.map(({ schema }) => schema) as never,
    tables.map(({ name }) => name) as never,
  ])
  return rows.map(({ pages, pageBytes }) => (pages === null ? null : { pages: Number(pages), pageBytes }))
}

function cutTable(table: Table, index: number, count: PageCount | null, pieceBytes: number): Piece[] {
  const pieces = count ? Math.ceil((count.pages * count.pageBytes) / pieceBytes) : 1
  if (!count || pieces < 2) return [{ table: index, bytes: table.sizeBytes }]
  const pages = Math.ceil(count.pages / pieces)
  return Array.from({ length: pieces }, (_, i) => ({
    table: index,
    // The last one is open: what the snapshot sees lies before the end that the table had when it was measured.
    pages: { from: i * pages, to: i === pieces - 1 ? null : (i + 1) * pages },
    bytes: table.sizeBytes / pieces,
  }))
}

/** Throws AppError `facts-no-snapshot` unless every session reads the same moment. */
async function assertSameSnapshot(sessions: readonly Session[]): Promise<void> {
  const seen = await Promise.all(
    sessions.map(async (session) => {
      const [row] = await session.unsafe<{ snapshot: string }[]>(
        `select pg_current_snapshot()::text || current_setting('transaction_isolation') as snapshot`,
      )
      return row!.snapshot
    }),
  )
  if (new Set(seen).size > 1)
    throw new AppError('facts-no-snapshot', 'The sessions that read facts do not share one snapshot.')
}

/**
 * Counts and checksums tables, each on one of the sessions, the largest pieces first when there are several. Memory does
 * not grow with the tables, here or there. The first error stops all of it and is thrown; no table is ever left out.
 */
export async function readTables(
  sql: Session,
  tables: readonly Table[],
  options: ReadTablesOptions = {},
): Promise<TableFacts[]> {
  const sessions = [sql, ...(options.helpers ?? [])]
  if (sessions.length > 1) await assertSameSnapshot(sessions)
  const pieceBytes = options.pieceBytes ?? (sessions.length > 1 ? usualPieceBytes : Number.POSITIVE_INFINITY)
  const counts = Number.isFinite(pieceBytes) && tables.length > 0 ? await countPages(sql, tables) : []
  const pieces = tables.flatMap((table, i) => cutTable(table, i, counts[i] ?? null, pieceBytes))
  const totalBytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0)
  const left = tables.map(() => 0)
  for (const piece of pieces) left[piece.table]! += 1
  // Taken from its end.
  const queue = sessions.length > 1 ? pieces.toSorted((a, b) => a.bytes - b.bytes) : pieces.toReversed()

  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const sums: RowSums[] = tables.map(() => noRows)
  let [done, doneBytes] = [0, 0]
  const work = async (session: Session): Promise<void> => {
    for (let piece = queue.pop(); piece; piece = queue.pop()) {
      const table = tables[piece.table]!
      const columns = table.columns.map((column) => column.name)
      const found = await sumRows(session, table, columns, {
        signal,
        ...(piece.pages ? { pages: piece.pages } : {}),
      })
      sums[piece.table] = addSums(sums[piece.table]!, found)
      left[piece.table]! -= 1
      if (left[piece.table] === 0) done += 1
      doneBytes += piece.bytes
      options.onProgress?.(done, tables.length, Math.round(doneBytes), Math.round(totalBytes))
    }
  }
  // All of them end before this does: a session that still reads must not outlive its caller's transaction.
  const ends = await Promise.allSettled(
    sessions.map((session) =>
      work(session).catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
    ),
  )
  options.signal?.throwIfAborted()
  if (stop.signal.aborted) throw stop.signal.reason
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  return tables.map(({ schema, name, columns }, i) => ({
    schema,
    name,
    rows: Number(sums[i]!.rows),
    checksum: checksumOf(sums[i]!),
    columns: inNameOrder(columns.map((column) => column.name)),
  }))
}
