import type { RowsSelection } from '#lib/restores/copies/select-rows.ts'
import type { RestoredCopy } from '#lib/restores/types.ts'
import { orderTables } from '#lib/rows/order-tables.ts'
import {
  formatTable,
  quoteColumns,
  quoteIdentifier,
  quoteTable,
  type TableName,
} from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** The schema that holds the rows of a restore beside the originals. Named by the operation's id, never by a clock. */
export const restoredSchema = (operationId: string): string =>
  `holdfast_restored_${operationId.replaceAll('-', '').slice(0, 12)}`

/** Parents before children, as people have to move them. */
export function orderParentsFirst<T extends { live: Table }>(tables: readonly T[]): T[] {
  const named = new Map(tables.map((table) => [formatTable(table.live), table]))
  const references = [...named.entries()].flatMap(([child, { live }]) =>
    live.foreignKeys.map((key) => ({
      child,
      parent: formatTable(key.references),
      constraint: key.name,
      deferrable: key.deferrable,
    })),
  )
  return orderTables(
    [...named.keys()],
    references.filter(({ parent }) => named.has(parent)),
  ).order.map((name) => named.get(name)!)
}

const updatesOf = ({ live, columns, dropped }: RowsSelection): string[] =>
  columns.filter(
    (column) =>
      !dropped.includes(column) &&
      !live.key!.includes(column) &&
      live.columns.some(({ name, generated }) => name === column && generated !== 'always'),
  )

/** Rows moved by hand draw no numbers: the sequence has to be past them, and never goes back. */
function moveSequence(live: Table, { column, sequence }: Table['sequences'][number]): string {
  const name = quoteTable(sequence)
  const [table, moved] = [quoteTable(live), quoteIdentifier(column)]
  return `select setval('${name.replaceAll("'", "''")}', t.last) from (select max(${moved}) as last from ${table}) t, ${name} s where t.last > s.last_value;`
}

/** What a person can do with a copy, as SQL to paste: look, move rows by hand, drop it. Pure. */
export function copyStatements(
  schema: string,
  made: readonly { selection: RowsSelection; copy: TableName }[],
): RestoredCopy['statements'] {
  const move = orderParentsFirst(made.map(({ selection, copy }) => ({ ...selection, copy }))).flatMap(
    ({ live, columns: all, dropped, copy }) => {
      const columns = all.filter((column) => !dropped.includes(column))
      // Of a lost table: whoever makes it again knows how.
      if (live.columns.length === 0) return []
      const list = quoteColumns(columns)
      const conflict = live.key ? ` on conflict (${quoteColumns(live.key)}) do nothing` : ''
      return [
        `insert into ${quoteTable(live)} (${list}) overriding system value select ${list} from ${quoteTable(copy)}${conflict};`,
        ...live.sequences.map((owned) => moveSequence(live, owned)),
      ]
    },
  )
  const reset = made.flatMap(({ selection, copy }) => {
    const { live } = selection
    if (!selection.resets || !live.key || updatesOf(selection).length === 0) return []
    const set = updatesOf(selection).map(
      (column) => `${quoteIdentifier(column)} = c.${quoteIdentifier(column)}`,
    )
    const same = live.key.map((column) => `l.${quoteIdentifier(column)} = c.${quoteIdentifier(column)}`)
    return `update ${quoteTable(live)} l set ${set.join(', ')} from ${quoteTable(copy)} c where ${same.join(' and ')};`
  })
  return {
    look: made.map(({ copy }) => `select * from ${quoteTable(copy)};`),
    move,
    reset,
    drop: `drop schema ${quoteIdentifier(schema)} cascade;`,
  }
}
