import { AppError } from '#lib/errors.ts'
import { advanceSequences, type SequenceMove } from '#lib/rows/advance-sequences.ts'
import { updatable } from '#lib/rows/map-columns.ts'
import { columnIn, columnList, columnsIn, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPlan, RowsScope, TableComparison } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name, tableOf, toText } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, type TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

export interface WrittenTable {
  table: string
  inserted: number
  updated: number
  deleted: number
}

export interface WrittenRows {
  tables: WrittenTable[]
  sequences: SequenceMove[]
}

export interface ApplyOptions {
  /** Called once before rows are deleted: lifts the deletion budgets for this transaction. */
  beforeDelete?: () => Promise<void>
  onProgress?: (rowsWritten: number) => void
}

/** Keeps everybody else from writing to the tables until the transaction ends; reading goes on. */
export async function lockTables(scope: RowsScope, tables: readonly Table[]): Promise<void> {
  const names = [...new Map(tables.map((table) => [quoteTable(table), table])).entries()].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )
  for (const [, table] of names) {
    try {
      await runSql(scope, fragment`lock table ${rowsOf(table)} in share row exclusive mode`)
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error
      throw new AppError(
        'table-locked',
        `${formatTable(table)} is being written to and could not be locked in time.`,
        {
          kind: 'unavailable',
          hint: 'Nothing was written. Look at long transactions (Health), then run it again.',
          cause: error,
        },
      )
    }
  }
}

const insertSql = ({ live, columns, missing }: TableComparison): Fragment =>
  fragment`insert into ${tableOf(live)} (${columnList(columns)}) overriding system value select ${columnsIn('m', columns)} from ${tableOf(missing.relation)} m`

function updateSql({ live, columns, changed }: TableComparison): Fragment {
  const list = updatable(live, columns).map((column) => fragment`${name(column)} = ${columnIn('m', column)}`)
  return fragment`update ${rowsOf(live)} l set ${join(list, ', ')} from ${tableOf(changed.relation)} m where ${sameKey(live, live.key!, 'l', 'm')}`
}

const deleteSql = ({ live, extra }: TableComparison): Fragment =>
  live.key
    ? fragment`delete from ${rowsOf(live)} l using ${tableOf(extra.relation)} m where ${sameKey(live, live.key, 'l', 'm')}`
    : fragment`delete from ${rowsOf(live)} l using ${tableOf(extra.relation)} m where l.tableoid = m.holdfast_relation and l.ctid = m.holdfast_place`

type Step = {
  table: TableComparison
  kind: 'inserted' | 'updated' | 'deleted'
  rows: number
  statement: Fragment
}

/** What a plan writes, in its order: parents are inserted first and deleted last. */
function listSteps({ tables, mode }: RowsPlan): Step[] {
  const inserts = tables.map(
    (table): Step => ({ table, kind: 'inserted', rows: table.missing.rows, statement: insertSql(table) }),
  )
  const updates = tables
    .filter((table) => table.live.key && updatable(table.live, table.columns).length > 0)
    .map((table): Step => ({ table, kind: 'updated', rows: table.changed.rows, statement: updateSql(table) }))
  const deletes = [...tables]
    .reverse()
    .map((table): Step => ({ table, kind: 'deleted', rows: table.extra.rows, statement: deleteSql(table) }))
  const steps =
    mode === 'missing'
      ? inserts
      : mode === 'changed'
        ? [...inserts, ...updates]
        : [...inserts, ...updates, ...deletes]
  return steps.filter((step) => step.rows > 0)
}

/** The statements of a plan as text, for people. */
export const listStatements = (plan: RowsPlan): string[] =>
  listSteps(plan).map((step) => toText(step.statement))

/** How many rows a plan writes. */
export const countWrites = (plan: RowsPlan): number =>
  listSteps(plan).reduce((sum, step) => sum + step.rows, 0)

/**
 * Writes what compareRows set aside in the same transaction, in foreign-key order, and moves the sequences past it.
 * The caller has locked the tables. Throws AppError `count-mismatch` when the database wrote another number of rows
 * than set aside, so that the transaction rolls back.
 */
export async function applyRows(
  scope: RowsScope,
  plan: RowsPlan,
  options: ApplyOptions = {},
): Promise<WrittenRows> {
  if (plan.deferred.length > 0) await deferConstraints(scope, plan.deferred)
  const written = new Map<TableComparison, WrittenTable>()
  let total = 0
  let mayDelete = false
  for (const { table, kind, rows, statement } of listSteps(plan)) {
    if (kind === 'deleted' && !mayDelete) {
      await options.beforeDelete?.()
      mayDelete = true
    }
    const { count } = await runSql(scope, statement)
    if (count !== rows) {
      throw new AppError(
        'count-mismatch',
        `${formatTable(table.live)}: ${rows} rows should have been ${kind}, the database says ${count}.`,
        { hint: 'Nothing was written. A trigger or a rule of the table changes what is written to it.' },
      )
    }
    const entry = written.get(table) ?? {
      table: formatTable(table.live),
      inserted: 0,
      updated: 0,
      deleted: 0,
    }
    entry[kind] = count
    written.set(table, entry)
    total += count
    options.onProgress?.(total)
  }
  const sequences: SequenceMove[] = []
  for (const [table, { inserted, updated }] of written) {
    if (inserted + updated > 0) sequences.push(...(await advanceSequences(scope, table.live)))
  }
  return { tables: [...written.values()], sequences }
}

const deferConstraints = async (scope: RowsScope, constraints: readonly TableName[]): Promise<void> => {
  await runSql(
    scope,
    fragment`set constraints ${join(
      constraints.map((constraint) => tableOf(constraint)),
      ', ',
    )} deferred`,
  )
}
