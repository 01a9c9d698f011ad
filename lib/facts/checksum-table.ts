import type postgres from 'postgres'
import type { TableFacts } from '#lib/facts/types.ts'
import { quoteColumns, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import type { RelationKind } from '#lib/targets/types.ts'

// Two independent 64-bit hashes of each row's text, each summed: sums do not depend on the order of the rows and, unlike
// xor, do count a row that is there twice. The C collation hashes bytes, also where the column's own is nondeterministic.
const seeds = ['4841253961271843', '7270318492740513']

const toHex = (sum: string | null): string =>
  BigInt.asUintN(64, BigInt(sum ?? '0'))
    .toString(16)
    .padStart(16, '0')

/** Columns are read in the order of their names, so that their order in the table does not matter. */
const inNameOrder = (columns: readonly string[]): string[] =>
  [...columns].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

/**
 * Counts and checksums one relation's rows in the database; nothing but the sums travels. Output settings must be pinned
 * (pinOutput). A partitioned table is read with its partitions, any other without its inheritors.
 */
export async function checksumTable(
  sql: postgres.Sql | postgres.TransactionSql,
  table: TableName & { kind?: RelationKind },
  columns: readonly string[],
  signal?: AbortSignal,
): Promise<TableFacts> {
  signal?.throwIfAborted()
  const ordered = inNameOrder(columns)
  const from = `${table.kind === 'partitioned' || table.kind === 'view' ? '' : 'only '}${quoteTable(table)}`
  const sums = seeds.map((seed, i) => `sum(hashtextextended(line collate "C", ${seed}))::text as sum${i}`)
  const query = sql.unsafe<{ rows: string; sum0: string | null; sum1: string | null }[]>(
    // offset 0 keeps the planner from computing the row's text once per hash.
    `select count(*)::text as rows, ${sums.join(', ')}
     from (select row(${quoteColumns(ordered)})::text as line from ${from} offset 0) as lines`,
  )
  const cancel = () => query.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    const [row] = await query
    return {
      schema: table.schema,
      name: table.name,
      rows: Number(row!.rows),
      checksum: toHex(row!.sum0) + toHex(row!.sum1),
      columns: ordered,
    }
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}
