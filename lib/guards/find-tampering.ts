import type postgres from 'postgres'
import { formatTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const tamperingSql = loadSql(new URL('./sql/find_tampering.sql', import.meta.url))
const parameterGrantsSql = loadSql(new URL('./sql/parameter_grants.sql', import.meta.url))

/** What was done to a guard beside its objects. */
export interface Tampering {
  /** Ends of sentences; about one table, or (null) about what all share. */
  problems: { table: string | null; problem: string }[]
  /** Roles that can take the guard away: superusers, and whoever is its owner. */
  powers: string[]
  /** Tables with rows beside the guarded ones, in their schemas. */
  otherTables: string[]
}

interface Row extends Omit<Tampering, 'otherTables'> {
  otherTables: TableName[]
}

/** Reads owners, grants, names and agents of an installed guard. Only reads; finds nothing where no guard is. */
export async function findTampering(sql: postgres.Sql, mayOpen: readonly string[]): Promise<Tampering> {
  const [known] = await sql<[{ present: boolean; version: string }]>`
    select to_regclass('holdfast.guarded_tables') is not null and to_regclass('holdfast.agents') is not null as present,
      current_setting('server_version_num') as version`
  if (!known.present) return { problems: [], powers: [], otherTables: [] }
  const [row] = await sql.unsafe<[Row]>(tamperingSql, [mayOpen as never])
  const grants =
    Number(known.version) < 150_000
      ? []
      : await sql.unsafe<{ grantee: string; parameter: string }[]>(parameterGrantsSql)
  return {
    problems: [
      ...row.problems,
      ...grants.map(({ grantee, parameter }) => ({
        table: null,
        problem: `${grantee} may set ${parameter}, which switches triggers off for a session`,
      })),
    ],
    powers: row.powers,
    otherTables: row.otherTables.map(formatTable),
  }
}
