import { AppError } from '#lib/errors.ts'
import { type FindPair, followKeys } from '#lib/rows/follow-keys.ts'
import { keepReferred } from '#lib/rows/keep-referred.ts'
import { leaveOut } from '#lib/rows/leave-out.ts'
import { listFiring } from '#lib/rows/list-firing.ts'
import { countChangedColumns, countNewer, measureAside } from '#lib/rows/measure-rows.ts'
import { orderTables, type Reference } from '#lib/rows/order-tables.ts'
import { noneIsNull, sameValues } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { sampleRows } from '#lib/rows/sample-rows.ts'
import { type Aside, analyze, countRows, rowsText, setRowsAside } from '#lib/rows/set-aside.ts'
import type { RowsMode, RowsPair, RowsPlan, RowsScope, TableComparison } from '#lib/rows/types.ts'
import { fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const nestedSql = loadSql(new URL('./sql/nested.sql', import.meta.url))

export interface CompareOptions {
  mode: RowsMode
  /** Every table of the live database, for the references between them. */
  tables: readonly Table[]
  /** The moment the source's rows are from; what live changed later is newer. */
  moment: Date | null
  /** At most this many samples per table and kind; 0 leaves them out, and in mode `missing` all that is not written. */
  samples?: number
  /** The rows go to tables of their own, so that nothing of live is in their way. */
  beside?: boolean | undefined
  /** Where to read rows that others need; without it nothing follows. */
  findPair?: FindPair
  onProgress?: (done: number) => void
}

/**
 * Compares live rows with their sources by key and sets aside, in temporary tables of the transaction, what a run in this
 * mode would write. Writes to no other table. A table without a key compares as a multiset of whole rows.
 */
export async function compareRows(
  scope: RowsScope,
  pairs: readonly RowsPair[],
  options: CompareOptions,
): Promise<RowsPlan> {
  const { mode, tables, onProgress } = options
  await widenMemory(scope)
  const forRun = (options.samples ?? 0) === 0 && !options.beside
  const asides: Aside[] = []
  for (const pair of await leaveNestedOut(scope, pairs)) {
    asides.push(await setRowsAside(scope, pair, mode, forRun))
    onProgress?.(asides.length)
  }
  // Without statistics the joins of what follows go wrong.
  await analyzeSets(scope, asides)
  await followKeys(scope, asides, tables, mode, options.findPair ?? (async () => null))
  if (!options.beside) {
    await leaveOut(scope, asides, tables, mode)
    await keepReferred(scope, asides, tables, mode)
  }

  const compared: TableComparison[] = []
  await analyzeSets(
    scope,
    asides.filter((aside) => aside.follows || aside.notes.length > 0),
  )
  for (const aside of asides) compared.push(await describe(scope, aside, options))
  const { order, deferred } = options.beside
    ? { order: compared.map((one) => formatTable(one.live)), deferred: [] }
    : await orderForInsert(scope, asides, compared)
  const inOrder = (names: readonly string[]) =>
    names.map((name) => compared.find((one) => formatTable(one.live) === name)!)
  return {
    mode,
    tables: inOrder(order),
    deleteOrder: inOrder(orderForDelete(compared)),
    deferred: deferred.map(({ child, constraint }) => ({
      schema: compared.find((one) => formatTable(one.live) === child)!.live.schema,
      name: constraint,
    })),
  }
}

/**
 * Joins of a million keys fit into this; with the server's usual 4 MB they were written to disk and sorted, measured twice to
 * four times as slow. For the rest of the transaction, and never less than the session has.
 */
const widenMemory = async (scope: RowsScope): Promise<void> => {
  await scope.sql.unsafe(
    "select set_config('work_mem', '64MB', true) from pg_settings where name = 'work_mem' and setting::bigint < 65536",
  )
}

/** A partition that is divided itself is a part of its root: compared with that, not once more. */
async function leaveNestedOut(scope: RowsScope, pairs: readonly RowsPair[]): Promise<readonly RowsPair[]> {
  const divided = pairs.filter(({ live }) => live.kind === 'partitioned').map(({ live }) => quoteTable(live))
  if (divided.length < 2) return pairs
  const nested = await scope.sql.unsafe<{ name: string }[]>(nestedSql, [divided as never])
  return pairs.filter(({ live }) => !nested.some(({ name }) => name === quoteTable(live)))
}

/** Small samples do: what counts is that the planner knows how many rows there are, and which keys. */
async function analyzeSets(scope: RowsScope, asides: readonly Aside[]): Promise<void> {
  await runSql(scope, fragment`set local default_statistics_target = 10`)
  for (const { missing, changed, extra, most } of asides) {
    if (most.missing > 0) await analyze(scope, missing)
    if (most.changed > 0) await analyze(scope, changed)
    if (most.extra > 0) await analyze(scope, extra)
  }
  await runSql(scope, fragment`set local default_statistics_target to default`)
}

async function describe(
  scope: RowsScope,
  aside: Aside,
  { mode, moment, samples = 0, beside = false }: CompareOptions,
): Promise<TableComparison> {
  const sets = await measureAside(scope, aside)
  const notes = [...aside.notes]
  const kept = aside.kept && mode !== 'all' ? await countRows(scope, aside.kept) : 0
  if (kept > 0)
    notes.push(
      `${rowsText(kept)} ${kept === 1 ? 'stays as it is' : 'stay as they are'}: made again under the same key, or changed again, since.`,
    )
  if (!aside.live.key) notes.push('It has no key: whole rows are compared, and none counts as changed.')
  const fires = beside ? [] : await listFiring(scope, aside.live, mode, sets)
  notes.push(...fires.map(({ kind, name }) => `The ${kind} “${name}” fires for the rows that are written.`))
  return {
    live: aside.live,
    source: aside.source,
    columns: aside.columns,
    ...sets,
    newer: await countNewer(scope, aside, moment),
    kept,
    changedColumns: await countChangedColumns(scope, aside),
    samples: samples > 0 ? await sampleRows(scope, aside, moment, samples, mode) : [],
    notes,
    fires: fires.map(({ name }) => name),
    dropped: aside.dropped,
    asked: aside.asked,
    follows: aside.follows,
  }
}

/** Only references between rows that are both inserted ask for an order. */
async function orderForInsert(
  scope: RowsScope,
  asides: readonly Aside[],
  compared: readonly TableComparison[],
): Promise<{ order: string[]; deferred: Reference[] }> {
  const isWritten = (table: TableName) =>
    compared.some((one) => sameTable(one.live, table) && one.missing.rows > 0)
  const references: Reference[] = []
  for (const child of asides.filter((aside) => isWritten(aside.live))) {
    for (const key of child.live.foreignKeys) {
      const parent = asides.find((aside) => sameTable(aside.live, key.references))
      if (!parent || parent === child || !isWritten(parent.live)) continue
      if (!key.columns.every((column) => child.columns.includes(column))) continue
      const same = sameValues(
        { alias: 'm', columns: key.columns, table: child.live },
        { alias: 'p', columns: key.referencedColumns, table: parent.live },
      )
      const [row] = await runSql<{ any: boolean }>(
        scope,
        fragment`select exists (select from ${tableOf(child.missing)} m join ${tableOf(parent.missing)} p on ${same} where ${noneIsNull('m', key.columns)}) as any`,
      )
      if (!row!.any) continue
      references.push({
        child: formatTable(child.live),
        parent: formatTable(parent.live),
        constraint: key.name,
        deferrable: key.deferrable,
      })
    }
  }
  const found = orderTables(
    compared.map((one) => formatTable(one.live)),
    references,
  )
  const [cycle] = found.impossible
  if (cycle) {
    throw new AppError(
      'reference-cycle',
      `Rows of ${cycle.map((reference) => reference.child).join(' and ')} refer to each other; no order can insert them.`,
      {
        kind: 'refused',
        hint: `Make one of these deferrable: ${cycle.map((reference) => `alter table ${reference.child} alter constraint ${reference.constraint} deferrable`).join('; ')}`,
      },
    )
  }
  return found
}

/** Children first, by every reference between tables that lose rows. */
function orderForDelete(compared: readonly TableComparison[]): string[] {
  const losing = compared.filter((one) => one.extra.rows > 0)
  const references = losing.flatMap((child) =>
    child.live.foreignKeys
      .filter((key) => losing.some((parent) => sameTable(parent.live, key.references)))
      .map((key) => ({
        child: formatTable(child.live),
        parent: formatTable(key.references),
        constraint: key.name,
        deferrable: key.deferrable,
      })),
  )
  const names = losing.map((one) => formatTable(one.live))
  return orderTables(names, references).order.reverse()
}
