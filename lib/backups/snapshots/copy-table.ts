import type postgres from 'postgres'
import type { SnapshotTable } from '#lib/backups/types.ts'
import { quoteColumns, quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const columnsSql = loadSql(new URL('./sql/snapshot_columns.sql', import.meta.url))

export interface CopiedColumn {
  name: string
  type: string
  /** Its type or collation is the application's own and can be dropped with the application's schema. */
  isBorrowed: boolean
  collation: string | null
}

const storedSuffix = '_stored'

/** Where the rows are, when the relation of the copy is a view over them. */
export const storedName = (copy: TableName): TableName => {
  // At most 63 bytes: cut whole characters off the name's end.
  let base = copy.name
  while (Buffer.byteLength(base + storedSuffix) > 63) base = [...base].slice(0, -1).join('')
  return { ...copy, name: base + storedSuffix }
}

/** The columns of a table, and which of them a copy has to keep as text. */
export async function listCopiedColumns(
  sql: postgres.TransactionSql,
  table: TableName,
): Promise<CopiedColumn[]> {
  const [oid] = await sql.unsafe<{ oid: string }[]>('select $1::regclass::oid::text as oid', [
    quoteTable(table),
  ])
  return sql.unsafe<CopiedColumn[]>(columnsSql, [oid!.oid])
}

/**
 * Copies one table's rows within the caller's transaction. Columns of the application's own types are stored as text,
 * because `drop schema … cascade` would take them along from the copy; a view over it gives them their types again.
 */
export async function copyTable(
  sql: postgres.TransactionSql,
  table: Table,
  copy: TableName,
): Promise<SnapshotTable> {
  const columns = await listCopiedColumns(sql, table)
  const borrowed = columns.filter((column) => column.isBorrowed)
  const stored = borrowed.length > 0 ? storedName(copy) : copy
  const name = (column: CopiedColumn) => quoteIdentifier(column.name)

  const taken = columns.map((column) =>
    column.isBorrowed ? `${name(column)}::text collate "C" as ${name(column)}` : name(column),
  )
  const from = `${table.kind === 'partitioned' ? '' : 'only '}${quoteTable(table)}`
  await sql.unsafe(`create table ${quoteTable(stored)} as select ${taken.join(', ')} from ${from}`)
  if (borrowed.length > 0) {
    const shown = columns.map((column) => {
      if (!column.isBorrowed) return name(column)
      const collation = column.collation ? ` collate ${column.collation}` : ''
      return `${name(column)}::${column.type}${collation} as ${name(column)}`
    })
    await sql.unsafe(
      `create view ${quoteTable(copy)} as select ${shown.join(', ')} from ${quoteTable(stored)}`,
    )
  }
  if (table.key) await sql.unsafe(`create index on ${quoteTable(stored)} (${quoteColumns(table.key)})`)
  await sql.unsafe(`analyze ${quoteTable(stored)}`)
  return { source: { schema: table.schema, name: table.name }, copy, stored, key: table.key }
}
