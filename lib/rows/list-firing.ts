import { AppError } from '#lib/errors.ts'
import type { RowsMode, RowsScope, TableComparison } from '#lib/rows/types.ts'
import { formatTable, quoteTable } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const triggersSql = loadSql(new URL('./sql/triggers.sql', import.meta.url))

export interface Firing {
  kind: 'trigger' | 'rule'
  name: string
  onInsert: boolean
  onUpdate: boolean
  onDelete: boolean
  isInstead: boolean
}

/**
 * The application's triggers and rules that fire for what a run writes to a table. Throws AppError `rule-in-the-way` for a
 * rule that would do something else instead.
 */
export async function listFiring(
  { sql }: RowsScope,
  live: Table,
  mode: RowsMode,
  sets: Pick<TableComparison, 'missing' | 'changed' | 'extra'>,
): Promise<Firing[]> {
  const all = await sql.unsafe<Firing[]>(triggersSql, [quoteTable(live)])
  const fires = all.filter(
    (one) =>
      (one.onInsert && sets.missing.rows > 0) ||
      (one.onUpdate && mode !== 'missing' && sets.changed.rows > 0) ||
      (one.onDelete && mode === 'all' && sets.extra.rows > 0),
  )
  const instead = fires.find(({ isInstead }) => isInstead)
  if (instead)
    throw new AppError(
      'rule-in-the-way',
      `The rule “${instead.name}” of ${formatTable(live)} does something else instead of writing rows.`,
      { kind: 'refused', hint: 'Disable the rule for the restore, or leave this table out.' },
    )
  return fires
}
