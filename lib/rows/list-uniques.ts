import type { RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name } from '#lib/sql/fragment.ts'
import { quoteTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const uniquesSql = loadSql(new URL('./sql/uniques.sql', import.meta.url))

interface UniqueRow {
  expressions: string[]
  equals: string[]
  predicate: string | null
  columns: string[]
  plain: boolean
}

/** A unique index, also over expressions or a part of the rows. */
export interface Unique {
  /** What it compares, for people: `email`, `lower(email)`. */
  label: string
  /** Every column that its expressions read. */
  columns: string[]
  /** `holdfast_1`, `holdfast_2` …: its values of the rows of a relation, and with them what else is selected. */
  valuesOf(relation: Fragment, more: Fragment): Fragment
  /** Equality of the values of two aliases, by the index's own operators. */
  same(a: Fragment, b: Fragment): Fragment
  values: Fragment
}

/** Text of the catalog: pg_get_indexdef and pg_get_expr quote what has to be. */
const catalogText = (text: string): Fragment => ({ parts: [text] })

const valueName = (index: number): Fragment => name(`holdfast_${index + 1}`)

/** The unique keys of a table beside the one that rows are compared by. */
export async function listUniques(scope: RowsScope, live: Table): Promise<Unique[]> {
  const rows = await scope.sql.unsafe<UniqueRow[]>(uniquesSql, [quoteTable(live)])
  const isKey = ({ plain, columns }: UniqueRow) =>
    plain &&
    live.key !== null &&
    columns.length === live.key.length &&
    columns.every((one) => live.key!.includes(one))
  return rows
    .filter((row) => !isKey(row))
    .map(({ expressions, equals, predicate, columns }) => ({
      label: expressions.join(', '),
      columns,
      values: join(
        expressions.map((_, i) => valueName(i)),
        ', ',
      ),
      valuesOf: (relation, more) =>
        fragment`(select ${more}, ${join(
          expressions.map((text, i) => fragment`${catalogText(text)} as ${valueName(i)}`),
          ', ',
        )} from ${relation} where ${predicate === null ? fragment`true` : catalogText(predicate)})`,
      same: (a, b) =>
        join(
          equals.map(
            (operator, i) => fragment`${a}.${valueName(i)} ${catalogText(operator)} ${b}.${valueName(i)}`,
          ),
          ' and ',
        ),
    }))
}
