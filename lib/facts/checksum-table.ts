import type postgres from 'postgres'
import type { TableFacts } from '#lib/facts/types.ts'
import { formatTable, quoteColumns, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import type { RelationKind } from '#lib/targets/types.ts'

/** A stretch of a table's pages: from this one on, up to but without that one. Null: the last page, wherever it is. */
export interface PageRange {
  from: number
  to: number | null
}

/** Count and sums of rows; those of several stretches add up. */
export interface RowSums {
  rows: bigint
  sums: [bigint, bigint]
}

// Two independent 64-bit hashes of each row's text, each summed: sums do not depend on the order of the rows and, unlike
// xor, do count a row that is there twice. The C collation hashes bytes, also where the column's own is nondeterministic.
const seeds = ['4841253961271843', '7270318492740513']

export const noRows: RowSums = { rows: 0n, sums: [0n, 0n] }

export const addSums = (a: RowSums, b: RowSums): RowSums => ({
  rows: a.rows + b.rows,
  sums: [a.sums[0] + b.sums[0], a.sums[1] + b.sums[1]],
})

/** Both sums modulo 2^64, as 128 bits of hex. */
export const checksumOf = ({ sums }: Pick<RowSums, 'sums'>): string =>
  sums.map((sum) => BigInt.asUintN(64, sum).toString(16).padStart(16, '0')).join('')

/** Columns are read in the order of their names, so that their order in the table does not matter. */
export const inNameOrder = (columns: readonly string[]): string[] =>
  [...columns].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

/** Errors of a damaged table or a cancelled read do not say which table it was. */
function nameTable(error: unknown, table: TableName): unknown {
  if (error instanceof Error && !error.message.includes(table.name))
    error.message = `${formatTable(table)}: ${error.message}`
  return error
}

/**
 * Counts and sums one relation's rows in the database, or those of some of its pages; nothing but the sums travels.
 * Output settings must be pinned (pinOutput). A partitioned table is read with its partitions, any other without its
 * inheritors.
 */
export async function sumRows(
  sql: postgres.Sql | postgres.TransactionSql,
  table: TableName & { kind?: RelationKind },
  columns: readonly string[],
  options: { pages?: PageRange; signal?: AbortSignal | undefined } = {},
): Promise<RowSums> {
  const { pages, signal } = options
  signal?.throwIfAborted()
  const from = `${table.kind === 'partitioned' || table.kind === 'view' ? '' : 'only '}${quoteTable(table)}`
  const sums = seeds.map((seed, i) => `sum(hashtextextended(line collate "C", ${seed}))::text as sum${i}`)
  const bounds = pages
    ? ` where ctid >= '(${pages.from},0)'::tid${pages.to === null ? '' : ` and ctid < '(${pages.to},0)'::tid`}`
    : ''
  const query = sql.unsafe<{ rows: string; sum0: string | null; sum1: string | null }[]>(
    // pg_is_in_recovery, being volatile, keeps the planner from computing the row's text once per hash. OFFSET 0 would
    // too, but it forbids parallel workers.
    `select count(*)::text as rows, ${sums.join(', ')}
     from (select row(${quoteColumns(inNameOrder(columns))})::text as line, pg_is_in_recovery() from ${from}${bounds}) as lines`,
  )
  const cancel = () => query.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const [row] = await query
    return { rows: BigInt(row!.rows), sums: [BigInt(row!.sum0 ?? 0), BigInt(row!.sum1 ?? 0)] }
  } catch (error) {
    signal?.throwIfAborted()
    throw nameTable(error, table)
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

/** The facts of one relation, read as a whole; see sumRows. */
export async function checksumTable(
  sql: postgres.Sql | postgres.TransactionSql,
  table: TableName & { kind?: RelationKind },
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<TableFacts> {
  const found = await sumRows(sql, table, columns, { signal })
  return {
    schema: table.schema,
    name: table.name,
    rows: Number(found.rows),
    checksum: checksumOf(found),
    columns: inNameOrder(columns),
  }
}
