import { isBorrowed } from '#lib/rows/type-changes.ts'
import { type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export type RowAlias = 'l' | 'm' | 'p' | 's'

const aliases: Record<RowAlias, Fragment> = {
  l: fragment`l`,
  m: fragment`m`,
  p: fragment`p`,
  s: fragment`s`,
}

/** `alias."column"`. */
export const columnIn = (alias: RowAlias, column: string): Fragment =>
  fragment`${aliases[alias]}.${name(column)}`

export const columnsIn = (alias: RowAlias, columns: readonly string[]): Fragment =>
  join(
    columns.map((column) => columnIn(alias, column)),
    ', ',
  )

/** Columns without an alias, as an insert lists them. */
export const columnList = (columns: readonly string[]): Fragment => join(columns.map(name), ', ')

/** The live rows of a table: with its partitions, without its inheritors. */
export const rowsOf = (table: Table): Fragment =>
  table.kind === 'partitioned' ? tableOf(table) : fragment`only ${tableOf(table)}`

/** The whole row as one text. The C collation compares bytes, also where a column's own is nondeterministic. */
export const lineOf = (alias: RowAlias, columns: readonly string[]): Fragment =>
  fragment`(row(${columnsIn(alias, columns)})::text collate "C")`

// The types whose own equality never takes two different texts for the same.
const exactTypes =
  /^(smallint|integer|bigint|oid|boolean|uuid|date|bytea|timestamp( with(out)? time zone)?|time without time zone)$/

const typeOfColumn = (table: Pick<Table, 'columns'>, column: string): string =>
  table.columns.find((candidate) => candidate.name === column)?.type ?? 'text'

/** True where two rows of the table have another value in the column, byte for byte. */
export function differs(table: Table, column: string, a: RowAlias, b: RowAlias): Fragment {
  const [left, right] = [columnIn(a, column), columnIn(b, column)]
  if (exactTypes.test(typeOfColumn(table, column))) return fragment`${left} is distinct from ${right}`
  return fragment`(${left}::text collate "C") is distinct from (${right}::text collate "C")`
}

/** True where any of the columns differs. Values with the same bytes are equal without being made text. */
export function differInAny(table: Table, columns: readonly string[], a: RowAlias, b: RowAlias): Fragment {
  if (columns.length === 0) return fragment`false`
  const differ = join(
    columns.map((column) => differs(table, column, a, b)),
    ' or ',
  )
  if (columns.every((column) => exactTypes.test(typeOfColumn(table, column)))) return differ
  return fragment`case when record_image_eq(row(${columnsIn(a, columns)}), row(${columnsIn(b, columns)})) then false else ${differ} end`
}

/** Equality of lists of columns, so that an index on either can serve. */
export function sameValues(
  a: { alias: RowAlias; columns: readonly string[]; table: Pick<Table, 'columns'> },
  b: { alias: RowAlias; columns: readonly string[]; table: Pick<Table, 'columns'> },
): Fragment {
  return join(
    a.columns.map((column, i) => {
      const other = b.columns[i]!
      const [left, right] = [columnIn(a.alias, column), columnIn(b.alias, other)]
      const borrowed = isBorrowed(typeOfColumn(a.table, column)) || isBorrowed(typeOfColumn(b.table, other))
      return borrowed ? fragment`${left}::text = ${right}::text` : fragment`${left} = ${right}`
    }),
    ' and ',
  )
}

/** Equality by the table's key. */
export const sameKey = (table: Table, key: readonly string[], a: RowAlias, b: RowAlias): Fragment =>
  sameValues({ alias: a, columns: key, table }, { alias: b, columns: key, table })

export const noneIsNull = (alias: RowAlias, columns: readonly string[]): Fragment =>
  join(
    columns.map((column) => fragment`${columnIn(alias, column)} is not null`),
    ' and ',
  )

/** The rows of a relation, equal ones numbered, so that a table without a key compares as a multiset. */
export const numbered = (
  from: Fragment,
  alias: 'l' | 's',
  columns: readonly string[],
  where: Fragment,
): Fragment =>
  fragment`(select ${columnsIn(alias, columns)}, ${lineOf(alias, columns)} as holdfast_line, row_number() over (partition by ${lineOf(alias, columns)}) as holdfast_number${alias === 'l' ? fragment`, l.tableoid as holdfast_relation, l.ctid as holdfast_place` : fragment``} from ${from} ${aliases[alias]} where ${where})`

/** A sum of 64-bit hashes over rows, as hex text would be too short for: exact and independent of order. */
export const checksumOf = (line: Fragment): Fragment =>
  join(
    [4841253961271843, 7270318492740513].map(
      (seed) => fragment`coalesce(sum(hashtextextended(${line}, ${integer(seed)})), 0)::text`,
    ),
    ` || ':' || `,
  )

/** A temporary table of this session. */
export const temporary = (text: string): TableName => ({ schema: 'pg_temp', name: text })
