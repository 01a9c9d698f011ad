import type postgres from 'postgres'
import { AppError } from '#lib/errors.ts'
import { advanceSequences, type SequenceMove } from '#lib/rows/advance-sequences.ts'
import { updatable } from '#lib/rows/map-columns.ts'
import { proveNothingElse, readCounters } from '#lib/rows/prove-nothing-else.ts'
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
  /** What triggers and rules of the application wrote beside it. */
  elsewhere?: WrittenTable[]
  sequences: SequenceMove[]
}

export interface ApplyOptions {
  /** Called once before rows are deleted or overwritten: lifts the budgets for this transaction. */
  beforeLoss?: () => Promise<void>
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

const stepsOf = (
  kind: Step['kind'],
  tables: readonly TableComparison[],
  rows: (table: TableComparison) => number,
  statement: (table: TableComparison) => Fragment,
): Step[] =>
  tables
    .filter((table) => rows(table) > 0)
    .map((table) => ({ table, kind, rows: rows(table), statement: statement(table) }))

/** The orders in which a plan can be written; each statement's count is known. */
function listOrders({ tables, deleteOrder, mode }: RowsPlan): Step[][] {
  const inserts = stepsOf('inserted', tables, (table) => table.missing.rows, insertSql)
  if (mode === 'missing') return [inserts]
  const updates = stepsOf('updated', tables, (table) => table.changed.rows, updateSql)
  if (mode === 'changed') return [[...inserts, ...updates]]
  const deletes = stepsOf('deleted', deleteOrder, (table) => table.extra.rows, deleteSql)
  // Rows that must go may be referred to until the others changed, or be in the way of a unique value before.
  return [
    [...inserts, ...updates, ...deletes],
    [...deletes, ...inserts, ...updates],
    [...updates, ...deletes, ...inserts],
  ]
}

const listSteps = (plan: RowsPlan): Step[] => listOrders(plan)[0]!

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
  if (listSteps(plan).some(({ kind }) => kind !== 'inserted')) await options.beforeLoss?.()
  const written = await inSomeOrder(scope, plan, listOrders(plan), options)
  const sequences: SequenceMove[] = []
  for (const [table, { inserted, updated }] of written.rows) {
    if (inserted + updated > 0) sequences.push(...(await advanceSequences(scope, table.live)))
  }
  return {
    tables: [...written.rows.values()],
    sequences,
    ...(written.elsewhere.length > 0 ? { elsewhere: written.elsewhere } : {}),
  }
}

const inTheWay = (cause: postgres.PostgresError): AppError =>
  new AppError(
    'values-in-the-way',
    `${cause.table_name ?? 'A table'} cannot take the rows: ${cause.message}${cause.detail ? ` (${cause.detail})` : ''}.`,
    {
      kind: 'refused',
      hint: 'Nothing was written. Look at the live rows that have these values, or choose fewer tables.',
      cause,
    },
  )

/** Foreign keys, unique keys, restrictions, CHECKs and partitions, exclusions. */
const violation = /^23(503|505|001|514|P01)$/

interface Done {
  rows: Map<TableComparison, WrittenTable>
  elsewhere: WrittenTable[]
}

/** Whether another order may do what this one could not. */
const isOrderly = (error: unknown): boolean =>
  violation.test(String((error as { code?: unknown }).code)) ||
  (error instanceof AppError && ['wrote-elsewhere', 'count-mismatch'].includes(error.code))

/** Writes in the first order that the foreign keys and unique keys let through; throws what stood in the way of the first. */
async function inSomeOrder(
  scope: RowsScope,
  plan: RowsPlan,
  orders: Step[][],
  options: ApplyOptions,
): Promise<Done> {
  const failures: unknown[] = []
  for (const steps of orders) {
    try {
      return (await scope.sql.savepoint(async (sql): Promise<Done> => {
        const inside = { ...scope, sql }
        // Read here, because the counters keep what an attempt that was rolled back wrote.
        const before = await readCounters(inside)
        const rows = await write(inside, steps, options)
        return { rows, elsewhere: await proveNothingElse(inside, plan, before, [...rows.values()]) }
      })) as Done
    } catch (error) {
      if (!isOrderly(error)) throw error
      failures.push(error)
    }
  }
  throw failures[0] instanceof AppError ? failures[0] : inTheWay(failures[0] as postgres.PostgresError)
}

async function write(
  scope: RowsScope,
  steps: readonly Step[],
  options: ApplyOptions,
): Promise<Map<TableComparison, WrittenTable>> {
  const written = new Map<TableComparison, WrittenTable>()
  let total = 0
  for (const { table, kind, rows, statement } of steps) {
    const { count } = await runSql(scope, statement)
    if (count !== rows) {
      throw new AppError(
        'count-mismatch',
        `${formatTable(table.live)}: ${rows} rows should have been ${kind}, the database says ${count}.`,
        {
          hint: 'Nothing was written. A trigger, a rule or a cascade of the table changes what is written to it.',
        },
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
  return written
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
