import type { Side } from '#lib/drift/types.ts'
import { AppError } from '#lib/errors.ts'
import { formatTable, parseTable, quoteIdentifier, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'

const rightsSql = loadSql(new URL('./sql/rights.sql', import.meta.url))

interface Lack {
  name: string
  noSchema: boolean
  noSelect: boolean
  hidesRows: boolean
  schema: string
  roleName: string
}

const listLacks = (side: Side, tables: readonly TableName[]): Promise<Lack[]> =>
  side.sql.unsafe<Lack[]>(rightsSql, [tables.map(quoteTable) as never])

/** The tables among these whose rows this side's role may not read, or not all of them. */
export async function listUnreadable(side: Side, tables: readonly TableName[]): Promise<string[]> {
  if (tables.length === 0) return []
  return (await listLacks(side, tables)).map(({ name }) => formatTable(parseTable(name)!))
}

/** Throws AppError `no-rights` with the grants that help, unless every row of these tables can be read. */
export async function assertReadable(side: Side, tables: readonly TableName[]): Promise<void> {
  const lacks = await listLacks(side, tables)
  const [first] = lacks
  if (!first) return
  const role = quoteIdentifier(first.roleName)
  const schemas = [...new Set(lacks.filter(({ noSchema }) => noSchema).map(({ schema }) => schema))]
  const unselectable = lacks.filter(({ noSelect }) => noSelect).map(({ name }) => name)
  const grants = [
    ...schemas.map((schema) => `grant usage on schema ${quoteIdentifier(schema)} to ${role};`),
    ...(unselectable.length > 0 ? [`grant select on ${unselectable.join(', ')} to ${role};`] : []),
    ...(lacks.some(({ hidesRows }) => hidesRows) ? [`alter role ${role} bypassrls;`] : []),
  ]
  const names = lacks.map(({ name }) => formatTable(parseTable(name)!))
  throw new AppError(
    'no-rights',
    `The role “${first.roleName}” may not read every row of ${names.join(', ')} in ${side.session.target.name}.`,
    { kind: 'refused', hint: `In ${side.session.target.name}: ${grants.join(' ')}` },
  )
}

/** What rows of the master are brought beside the target's in: temporary tables. Throws AppError `no-rights`. */
export async function assertTemporary(side: Side): Promise<void> {
  const [row] = await side.sql.unsafe<{ may: boolean; standby: boolean; role: string; database: string }[]>(
    `select has_database_privilege(current_database(), 'temporary') as may, pg_is_in_recovery() as standby,
      current_user as role, current_database() as database`,
  )
  const { name } = side.session.target
  if (row!.standby)
    throw new AppError('target-is-standby', `${name} is a standby: nothing can be brought beside its rows.`, {
      kind: 'refused',
      hint: 'Compare with the server that it follows, or the other way round.',
    })
  if (row!.may) return
  throw new AppError('no-rights', `The role “${row!.role}” may make no temporary tables in ${name}.`, {
    kind: 'refused',
    hint: `In ${name}: grant temporary on database ${quoteIdentifier(row!.database)} to ${quoteIdentifier(row!.role)};`,
  })
}
