import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { formatTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Relation, Table } from '#lib/targets/types.ts'

const tablesSql = loadSql(new URL('./sql/tables.sql', import.meta.url))
const relationsSql = loadSql(new URL('./sql/relations.sql', import.meta.url))

type Row = Omit<Table, 'key' | 'keyKind'> & { key: { kind: 'primary' | 'unique'; columns: string[] } | null }

/** Every table of the application, from the catalog; not those of extensions, of Holdfast or of the system. */
export async function listTables(sql: postgres.Sql | postgres.TransactionSql): Promise<Table[]> {
  const rows = await sql.unsafe<Row[]>(tablesSql)
  return rows.map((row) => ({ ...row, key: row.key?.columns ?? null, keyKind: row.key?.kind ?? null }))
}

/** Everything with a name that could be taken for a table, with its real kind: tells "missing" from "a view". */
export const listRelations = (sql: postgres.Sql | postgres.TransactionSql): Promise<Relation[]> =>
  sql.unsafe<Relation[]>(relationsSql)

/**
 * The wanted tables out of `tables`, in the order asked for.
 * Throws AppError `table-not-found` naming each that is missing or is a view.
 */
export function pickTables(tables: readonly Table[], wanted: readonly TableName[]): Table[] {
  const missing = wanted.filter((name) => !tables.some((table) => sameTable(table, name)))
  if (missing.length > 0) {
    throw new AppError('table-not-found', `No such table: ${missing.map(formatTable).join(', ')}.`, {
      kind: 'not-found',
      hint: 'A view cannot be protected; name the table behind it. Spell names as the catalog does, quoted where needed.',
    })
  }
  return wanted.map((name) => tables.find((table) => sameTable(table, name))!)
}
