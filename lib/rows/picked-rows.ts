import { AppError } from '#lib/errors.ts'
import { columnIn } from '#lib/rows/row-sql.ts'
import { bind, type Fragment, fragment, integer, join, typeOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Types that are compared as themselves, so that the key's index serves; the text of any other is compared. */
const castable =
  /^(smallint|integer|bigint|oid|boolean|uuid|date|text|character varying|numeric|bytea|timestamp( with(out)? time zone)?)(\(|$| )/

/**
 * A condition for RowsPair.only: the rows whose key is one of these, each as the texts of its values in the key's order
 * (RowSample.keyValues). One set however many were picked. Throws AppError `no-key` or `key-values`.
 */
export function pickedRows(
  table: Table,
  keys: readonly (readonly string[])[],
): (alias: 'l' | 's') => Fragment {
  const { key } = table
  if (!key)
    throw new AppError('no-key', `${formatTable(table)} has no key: its rows cannot be picked one by one.`, {
      kind: 'refused',
      hint: 'Take the whole table, or a moment in time.',
    })
  if (keys.some((values) => values.length !== key.length))
    throw new AppError(
      'key-values',
      `A row of ${formatTable(table)} is picked by ${key.length === 1 ? 'one value' : `${key.length} values`}: ${key.join(', ')}.`,
      { kind: 'invalid', hint: 'Give the values in this order.' },
    )
  const columns = key.map((column) => table.columns.find((one) => one.name === column)!)
  const picked = bind(JSON.stringify(keys))
  const values = columns.map(({ type }, i) => {
    const value = fragment`(v.value ->> ${integer(i)})`
    return castable.test(type) ? fragment`${value}::${typeOf(type)}` : value
  })
  return (alias) => {
    const mine = columns.map(({ name, type }) =>
      castable.test(type) ? columnIn(alias, name) : fragment`${columnIn(alias, name)}::text`,
    )
    return fragment`(${join(mine, ', ')}) in (select ${join(values, ', ')} from jsonb_array_elements(${picked}::jsonb) v)`
  }
}
