import { randomBytes } from 'node:crypto'
import type { OpenUndoTable } from '#lib/restores/undo/open-undo-copy.ts'
import { sampleConflicts } from '#lib/restores/undo/sample-conflicts.ts'
import type { UndoMode } from '#lib/restores/undo/undo-input.ts'
import { hashOf, tellingColumns, undoActs, undoFacts } from '#lib/restores/undo/undo-rows.ts'
import type { UndoColumn } from '#lib/restores/undo/undo-schema.ts'
import { columnsIn, lineOf, rowsOf, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { analyze, countRows } from '#lib/rows/set-aside.ts'
import type { RowSample, RowsPair, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, name, tableOf, typeOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** Why a row is not simply put back: a column of the temporary tables, null where nothing stands against it. */
export const conflict = name('holdfast_conflict')

/** What an undo does to one table, in temporary tables of the transaction. */
export interface PreparedTable {
  table: OpenUndoTable
  live: Table
  /** Rows as they were before the operation, to be put back or over what is live. */
  back: TableName
  /** Live rows that the operation made, to be deleted: their keys; without a key their places. */
  goes: TableName
  /** What the plan says about it besides. */
  notes: string[]
  /** Rows that somebody changed after the operation, and a few of them. */
  conflicts: { rows: number; samples: RowSample[] }
}

const make = (scope: RowsScope, relation: TableName, query: Fragment) =>
  runSql(scope, fragment`create temporary table ${name(relation.name)} on commit drop as ${query}`)

/** The rows of a table of the copy, with the types that they had. */
export function typedRows(
  relation: TableName,
  columns: readonly UndoColumn[],
  more: readonly string[],
): Fragment {
  const list = columns.map((column) =>
    column.isText
      ? fragment`r.${name(column.name)}::${typeOf(column.type)} as ${name(column.name)}`
      : fragment`r.${name(column.name)}`,
  )
  return fragment`(select ${join([...list, ...more.map((one) => fragment`r.${name(one)}`)], ', ')} from ${tableOf(relation)} r)`
}

/** Whether the live row is as the operation left it; never, where the columns that would tell are not the same any more. */
function isUntouched({ kept, live }: OpenUndoTable): { test: Fragment; isKnown: boolean } {
  const telling = kept.columns.filter((column) => !column.isComputed)
  const isKnown = telling.every((column) =>
    live.columns.some(({ name: now, type }) => now === column.name && type === column.type),
  )
  return {
    isKnown,
    test: isKnown
      ? fragment`${hashOf('l', tellingColumns(kept.columns))} is not distinct from p.${name(undoFacts.hash)}`
      : fragment`false`,
  }
}

const keyColumns = ({ kept }: OpenUndoTable): UndoColumn[] =>
  kept.columns.filter((column) => kept.key!.includes(column.name))

async function sortKeyed(scope: RowsScope, prepared: PreparedTable): Promise<void> {
  const { table, live, back, goes } = prepared
  const { kept } = table
  const key = live.key!
  const untouched = isUntouched(table)
  if (!untouched.isKnown)
    prepared.notes.push(
      'Its columns changed since, so nobody can tell which rows were changed after the operation; all count as changed.',
    )
  const telling = tellingColumns(kept.columns)
  // Where columns changed since, the engine finds out what is equal by what it can still compare.
  const isAsBefore = untouched.isKnown
    ? fragment`(l.${name(key[0]!)} is not null and ${lineOf('l', telling)} = ${lineOf('s', telling)})`
    : fragment`false`
  const wasDeleted = fragment`s.${name(undoFacts.act)} = ${undoActs.deleted}`
  const isThere = fragment`l.${name(key[0]!)} is not null`
  const columns = kept.columns.filter((column) => !column.isComputed)
  const before = typedRows(table.before, columns, [undoFacts.act])
  const written = typedRows(table.written, keyColumns(table), [undoFacts.hash])
  await make(
    scope,
    back,
    fragment`select ${columnsIn(
      's',
      columns.map((column) => column.name),
    )}, case
        when ${wasDeleted} and not ${isThere} then null
        when ${wasDeleted} then 'made again'
        when not ${isThere} then 'deleted'
        when ${untouched.test} then null
        else 'changed' end as ${conflict}
      from ${before} s left join ${rowsOf(live)} l on ${sameKey(live, key, 'l', 's')}
        left join ${written} p on ${sameKey(live, key, 's', 'p')}
      where not ${isAsBefore}`,
  )
  const made = typedRows(table.made, keyColumns(table), [])
  await make(
    scope,
    goes,
    fragment`select ${columnsIn('l', key)}, case when ${untouched.test} then null else 'changed' end as ${conflict}
      from ${made} s join ${written} p on ${sameKey(live, key, 's', 'p')}
        join ${rowsOf(live)} l on ${sameKey(live, key, 'l', 's')}`,
  )
}

/** Rows that were changed after the operation stay as they are, unless all were asked for; they are told either way. */
async function settleConflicts(scope: RowsScope, prepared: PreparedTable, mode: UndoMode): Promise<void> {
  const said: Record<string, string> = {
    back: 'changed',
    goes: 'made by the operation and changed',
  }
  for (const set of ['back', 'goes'] as const) {
    const rows = await runSql<{ conflict: string; rows: number }>(
      scope,
      fragment`select ${conflict} as conflict, count(*)::int as rows from ${tableOf(prepared[set])} where ${conflict} is not null group by 1 order by 1`,
    )
    for (const { conflict: why, rows: count } of rows) {
      prepared.conflicts.rows += count
      const what = why === 'changed' ? said[set] : why
      prepared.notes.push(
        mode === 'all'
          ? `${plural(count, 'row')} ${what} after the operation: overwritten too, because all was asked for.`
          : `${plural(count, 'row')} ${what} after the operation: ${why === 'deleted' ? 'not brought back' : 'left as they are'}. Choose “all” to undo them too.`,
      )
    }
    if (mode !== 'all' && rows.length > 0)
      await runSql(scope, fragment`delete from ${tableOf(prepared[set])} where ${conflict} is not null`)
  }
}

export const plural = (rows: number, noun: string): string =>
  `${rows.toLocaleString('en')} ${noun}${rows === 1 ? '' : 's'}`

async function sortUnkeyed(scope: RowsScope, prepared: PreparedTable): Promise<void> {
  const { table, live, back, goes } = prepared
  const { kept } = table
  const columns = kept.columns.filter((column) => !column.isComputed).map((column) => column.name)
  const isSame = (one: UndoColumn) => live.columns.some((l) => l.name === one.name && l.type === one.type)
  const isKnown = kept.columns.every((column) => column.isComputed || isSame(column))
  await make(
    scope,
    back,
    fragment`select ${columnsIn('s', columns)}, null::text as ${conflict} from ${typedRows(table.before, kept.columns, [])} s`,
  )
  const written = typedRows(table.written, kept.columns, [])
  const number = (alias: 'l' | 's') => fragment`row_number() over (partition by ${lineOf(alias, columns)})`
  await make(
    scope,
    goes,
    isKnown && kept.writtenRows > 0
      ? fragment`select n.holdfast_relation, n.holdfast_place, null::text as ${conflict} from
          (select ${lineOf('l', columns)} as line, ${number('l')} as number, l.tableoid as holdfast_relation, l.ctid as holdfast_place from ${rowsOf(live)} l) n
          join (select ${lineOf('s', columns)} as line, ${number('s')} as number from ${written} s) w on w.line = n.line and w.number = n.number`
      : fragment`select l.tableoid as holdfast_relation, l.ctid as holdfast_place, null::text as ${conflict} from ${rowsOf(live)} l where false`,
  )
  const count = await countRows(scope, goes)
  if (count < kept.writtenRows)
    prepared.notes.push(
      `${plural(kept.writtenRows - count, 'row')} that the operation made ${kept.writtenRows - count === 1 ? 'is' : 'are'} not there any more as it made ${kept.writtenRows - count === 1 ? 'it' : 'them'}; without a key nobody can tell what became of it, so nothing of it is deleted.`,
    )
}

/**
 * Sorts, in temporary tables of the transaction, what an undo puts back and what it deletes, and sets apart the rows that
 * somebody changed after the operation. Writes to no other table.
 */
export async function prepareUndo(
  scope: RowsScope,
  tables: readonly OpenUndoTable[],
  { mode, samples = 0 }: { mode: UndoMode; samples?: number },
): Promise<PreparedTable[]> {
  const all: PreparedTable[] = []
  for (const table of tables) {
    const suffix = randomBytes(5).toString('hex')
    const prepared: PreparedTable = {
      table,
      live: table.live,
      back: temporary(`holdfast_back_${suffix}`),
      goes: temporary(`holdfast_goes_${suffix}`),
      notes: [],
      conflicts: { rows: 0, samples: [] },
    }
    if (table.live.key) await sortKeyed(scope, prepared)
    else await sortUnkeyed(scope, prepared)
    await analyze(scope, prepared.back)
    await analyze(scope, prepared.goes)
    if (samples > 0) prepared.conflicts.samples = await sampleConflicts(scope, prepared, samples)
    await settleConflicts(scope, prepared, mode)
    all.push(prepared)
  }
  return all
}

/** Whether a live row, on the alias `l`, is one that goes. */
export const goesAway = ({ live, goes }: PreparedTable): Fragment =>
  live.key
    ? fragment`exists (select from ${tableOf(goes)} m where ${sameKey(live, live.key, 'l', 'm')})`
    : fragment`exists (select from ${tableOf(goes)} m where m.holdfast_relation = l.tableoid and m.holdfast_place = l.ctid)`

/** For the engine: the rows to put back, and the only live rows that it may miss there. */
export function pairOf(prepared: PreparedTable): RowsPair {
  const { live, table, back } = prepared
  const columns = table.kept.columns
    .filter((column) => !column.isComputed)
    .map(({ name: column, type }) => ({ name: column, type }))
  const isGoing = goesAway(prepared)
  return live.key
    ? { live, source: { relation: back, columns, within: () => isGoing } }
    : {
        live,
        source: { relation: back, columns, within: () => isGoing },
        // Whole rows are compared, so of live only those that go take part: equal ones are others.
        only: (alias) => (alias === 'l' ? isGoing : fragment`true`),
      }
}
