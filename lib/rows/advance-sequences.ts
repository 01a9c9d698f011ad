import { columnIn, rowsOf } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsScope } from '#lib/rows/types.ts'
import { bind, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const sequencesSql = loadSql(new URL('./sql/sequences.sql', import.meta.url))

type SequenceOfColumn = TableName & { column: string; rising: boolean }

export interface SequenceMove {
  sequence: string
  from: string
  to: string
}

export const listSequences = (scope: RowsScope, table: Table): Promise<SequenceOfColumn[]> =>
  scope.sql.unsafe<SequenceOfColumn[]>(sequencesSql, [quoteTable(table)])

/**
 * Moves the sequences behind a table's columns past the values that are in it; never back. A sequence does not roll
 * back with its transaction: one that was moved for nothing has only lost a few numbers.
 */
export async function advanceSequences(scope: RowsScope, table: Table): Promise<SequenceMove[]> {
  const moves: SequenceMove[] = []
  for (const { column, rising, ...sequence } of await listSequences(scope, table)) {
    const end = rising ? fragment`max(${columnIn('l', column)})` : fragment`min(${columnIn('l', column)})`
    const behind = rising
      ? fragment`e.value > s.last_value or (e.value = s.last_value and not s.is_called)`
      : fragment`e.value < s.last_value or (e.value = s.last_value and not s.is_called)`
    const [move] = await runSql<{ from: string; to: string }>(
      scope,
      fragment`select s.last_value::text as from, setval(${bind(quoteTable(sequence))}::regclass, e.value, true)::text as to
        from (select ${end} as value from ${rowsOf(table)} l) e, ${tableOf(sequence)} s where ${behind}`,
    )
    if (move) moves.push({ sequence: formatTable(sequence), ...move })
  }
  return moves
}
