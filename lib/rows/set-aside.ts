import { randomBytes } from 'node:crypto'
import { compareBuckets } from '#lib/rows/compare-buckets.ts'
import { type ColumnMapping, mapColumns, updatable } from '#lib/rows/map-columns.ts'
import { readReadable, sourceRows } from '#lib/rows/read-source.ts'
import { columnIn, columnsIn, differInAny, rowsOf, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { setUnkeyedAside } from '#lib/rows/set-unkeyed-aside.ts'
import type { RowsMode, RowsPair, RowsScope, RowsSource } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import type { Table } from '#lib/targets/types.ts'

/** The temporary tables that hold what one comparison found; they end with the transaction. */
export interface Aside extends ColumnMapping {
  live: Table
  source: RowsSource
  missing: TableName
  changed: TableName
  extra: TableName
  /** Rows that differ, but whose live row has the better right; what live made equal to the source would overwrite. */
  kept: TableName | null
  /** No more rows than these are in the sets: nothing is asked about an empty one. */
  most: Record<'missing' | 'changed' | 'extra', number>
  /** The rows of the source that were asked for, on the alias `s`. */
  asked: Fragment
  /** Of columns whose type holds less now: the function that tries a value. */
  trials: Record<string, TableName>
  /** The source's rows that could be read as the live types, where some could not. */
  readable: TableName | null
  follows: boolean
}

/** Makes a temporary table of the transaction; returns how many rows it got. */
export const make = async (scope: RowsScope, relation: TableName, query: Fragment): Promise<number> => {
  const { count } = await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} on commit drop as ${query}`,
  )
  return count
}

/** Names for a pair that no other comparison in the session has, and its source's rows where they have to be tried first. */
async function beginAside(scope: RowsScope, pair: RowsPair, follows: boolean): Promise<Aside> {
  const suffix = randomBytes(5).toString('hex')
  const aside: Aside = {
    ...mapColumns(pair.live, pair.source.columns, pair.renamed, pair.beside),
    most: { missing: 0, changed: 0, extra: 0 },
    asked: fragment``,
    live: pair.live,
    source: pair.source,
    missing: temporary(`holdfast_missing_${suffix}`),
    changed: temporary(`holdfast_changed_${suffix}`),
    extra: temporary(`holdfast_extra_${suffix}`),
    kept: pair.source.yields && pair.live.key && !follows ? temporary(`holdfast_kept_${suffix}`) : null,
    trials: {},
    readable: null,
    follows,
  }
  if (aside.checked.length > 0) await readReadable(scope, aside)
  const wanted = follows ? fragment`false` : (pair.only?.('s') ?? fragment`true`)
  return { ...aside, asked: fragment`${sourceRows(aside)} s where (${wanted})` }
}

const extraOf = (live: Table, where: Fragment): Fragment =>
  fragment`select ${columnsIn('l', live.key!)} from ${rowsOf(live)} l where ${where}`

/** Which rows of both sides are looked at. */
export interface Looked {
  source: Fragment
  live: Fragment
  /** Of the live rows: those that the source speaks for. */
  within: Fragment
}

/** Leaves the parts of two big tables out that checksums say are equal; null when all of both has to be looked at. */
async function findParts(
  scope: RowsScope,
  aside: Aside,
  pair: RowsPair,
): Promise<((alias: 'l' | 's') => Fragment) | null> {
  const { live, source, columns, readable } = aside
  // What was staged, or picked, is a part already; a journal holds only what was touched.
  if (pair.only || source.within || source.lost || source.yields) return null
  const relation = readable ?? source.relation
  const isWhole = (names: readonly string[]) => names.join('\0') === columns.join('\0')
  const found = await compareBuckets(
    live,
    columns,
    {
      ...scope,
      alias: 's',
      rows: sourceRows(aside),
      relation,
      isWhole: !readable && aside.cast.length === 0 && isWhole(source.columns.map((one) => one.name)),
    },
    {
      ...scope,
      alias: 'l',
      rows: rowsOf(live),
      relation: live,
      isWhole: isWhole(live.columns.map((one) => one.name)),
    },
  )
  if (!found || found.isMost) return null
  return (alias) => found.buckets.among(alias, found.chosen)
}

/**
 * Compares one table with its source by key and sets aside the rows that differ. `forRun` leaves out what a run in this mode
 * does not write.
 */
export async function setRowsAside(
  scope: RowsScope,
  pair: RowsPair,
  mode: RowsMode,
  forRun = false,
): Promise<Aside> {
  const aside = await beginAside(scope, pair, false)
  const { live, columns, kept } = aside
  const source = sourceRows(aside)
  const isMissingOnly = forRun && mode === 'missing' && live.key !== null
  // An anti-join of the keys alone costs less than the checksums of whole rows.
  const part = isMissingOnly ? null : await findParts(scope, aside, pair)
  const inPart = (alias: 'l' | 's') => part?.(alias) ?? fragment`true`
  const looked: Looked = {
    source: fragment`(${pair.only?.('s') ?? fragment`true`}) and ${inPart('s')}`,
    live: fragment`(${pair.only?.('l') ?? fragment`true`}) and ${inPart('l')}`,
    within: pair.source.within?.('l') ?? fragment`true`,
  }
  if (!live.key) {
    await setUnkeyedAside(scope, aside, looked)
    return aside
  }
  const isLost = pair.source.lost?.() ?? fragment`true`
  const same = sameKey(live, live.key, 'l', 's')
  const absent = fragment`(${looked.source}) and not exists (select from ${rowsOf(live)} l where ${same} and ${inPart('l')})`
  const { most } = aside
  most.missing = await make(
    scope,
    aside.missing,
    fragment`select ${columnsIn('s', columns)} from ${source} s where (${isLost}) and ${absent}`,
  )
  if (pair.source.lost)
    await noteGoneLater(scope, aside, fragment`${source} s where not (${isLost}) and ${absent}`)
  if (isMissingOnly) {
    await makeEmpty(scope, aside)
    return aside
  }
  const differing = fragment`${source} s join ${rowsOf(live)} l on ${same} and ${inPart('l')} where (${looked.source}) and (${differInAny(live, updatable(live, columns), 'l', 's')})`
  const yields = pair.source.yields?.() ?? fragment`false`
  const overwritten = mode === 'all' ? differing : fragment`${differing} and not ${yields}`
  most.changed = await make(
    scope,
    aside.changed,
    fragment`select ${columnsIn('s', columns)} from ${overwritten}`,
  )
  if (kept)
    await make(scope, kept, fragment`select ${columnsIn('s', columns)} from ${differing} and ${yields}`)
  most.extra = await make(
    scope,
    aside.extra,
    extraOf(
      live,
      fragment`(${looked.live}) and (${looked.within}) and not exists (select from ${source} s where ${same} and ${inPart('s')})`,
    ),
  )
  return aside
}

/** Sets for what is not looked for: as wide as the others, without rows. */
async function makeEmpty(scope: RowsScope, aside: Aside): Promise<void> {
  const { live, columns, kept } = aside
  const none = fragment`select ${columnsIn('s', columns)} from ${sourceRows(aside)} s where false`
  await make(scope, aside.changed, none)
  if (kept) await make(scope, kept, none)
  const key = live.key ?? columns
  await make(scope, aside.extra, fragment`select ${columnsIn('l', key)} from ${rowsOf(live)} l where false`)
}

/** Rows that were there when the range of the source ended: something else deleted them. */
async function noteGoneLater(scope: RowsScope, aside: Aside, from: Fragment): Promise<void> {
  const [row] = await runSql<{ rows: string }>(scope, fragment`select count(*)::text as rows from ${from}`)
  const rows = Number(row!.rows)
  if (rows > 0)
    aside.notes.push(
      `${rowsText(rows)} stay out: overwritten, and no longer there under their key. Undo what deleted them, too.`,
    )
}

export const rowsText = (rows: number): string => (rows === 1 ? '1 row' : `${rows} rows`)

/** Empty sets for a table that nobody asked for, to take the rows that others need. */
export async function setNothingAside(scope: RowsScope, pair: RowsPair): Promise<Aside> {
  const aside = await beginAside(scope, pair, true)
  await make(
    scope,
    aside.missing,
    fragment`select ${columnsIn('s', aside.columns)} from ${sourceRows(aside)} s where false`,
  )
  await makeEmpty(scope, aside)
  return aside
}

export const countRows = async (scope: RowsScope, relation: TableName): Promise<number> => {
  const [row] = await runSql<{ rows: string }>(
    scope,
    fragment`select count(*)::text as rows from ${tableOf(relation)}`,
  )
  return Number(row!.rows)
}

export const analyze = async (scope: RowsScope, relation: TableName): Promise<void> => {
  await runSql(scope, fragment`analyze ${tableOf(relation)}`)
}

/** Text of a row's key for people: `id=5, line=2`. */
export const keyText = (alias: 'l' | 'm' | 's', key: readonly string[]): Fragment =>
  fragment`concat_ws(', ', ${join(
    key.map((column) => fragment`concat(${bind(column)}, '=', ${columnIn(alias, column)}::text)`),
    ', ',
  )})`
