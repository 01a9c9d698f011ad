import type postgres from 'postgres'
import type { ConstraintFacts, ExtensionFacts } from '#lib/facts/types.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const constraintsSql = loadSql(new URL('./sql/constraints.sql', import.meta.url))
const definitionsSql = loadSql(new URL('./sql/definitions.sql', import.meta.url))
const detailsSql = loadSql(new URL('./sql/details.sql', import.meta.url))
const objectsSql = loadSql(new URL('./sql/objects.sql', import.meta.url))
const unrestoredSql = loadSql(new URL('./sql/unrestored.sql', import.meta.url))
const extensionsSql = loadSql(new URL('./sql/extensions.sql', import.meta.url))

type Session = postgres.Sql | postgres.TransactionSql

export async function readLines(
  sql: Session,
  text: string,
  parameters: readonly (string[] | null)[] = [],
): Promise<string[]> {
  const rows = await sql.unsafe<{ line: string }[]>(text, parameters as never)
  return rows.map(({ line }) => line)
}

/** What the schema says, without any row: of these tables (by oid), or of the whole database. `pinOutput` comes first. */
export async function readDefinitions(
  sql: Session,
  tableOids: string[] | null,
): Promise<{ constraints: ConstraintFacts[]; definitions: string[] }> {
  return {
    constraints: [...(await sql.unsafe<ConstraintFacts[]>(constraintsSql, [tableOids as never]))],
    definitions: [
      ...(await readLines(sql, definitionsSql, [tableOids])),
      ...(await readLines(sql, detailsSql, [tableOids])),
      ...(tableOids ? [] : await readLines(sql, objectsSql)),
    ],
  }
}

/** What is around it: owners, privileges, publications and the like, and the extensions. */
export async function readAround(
  sql: Session,
): Promise<{ unrestored: string[]; extensions: ExtensionFacts[] }> {
  const extensions = await sql.unsafe<ExtensionFacts[]>(extensionsSql)
  return { unrestored: await readLines(sql, unrestoredSql), extensions: [...extensions] }
}
