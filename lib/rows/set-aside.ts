import { randomBytes } from 'node:crypto'
import { type ColumnMapping, mapColumns, updatable } from '#lib/rows/map-columns.ts'
import { readReadable, sourceRows } from '#lib/rows/read-source.ts'
import { columnIn, columnsIn, differInAny, numbered, rowsOf, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
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
  /** The rows of the source that were asked for, on the alias `s`. */
  asked: Fragment
  /** Of columns whose type holds less now: the function that tries a value. */
  trials: Record<string, TableName>
  /** The source's rows that could be read as the live types, where some could not. */
  readable: TableName | null
  follows: boolean
}

export const make = async (scope: RowsScope, relation: TableName, query: Fragment): Promise<void> => {
  await runSql(scope, fragment`create temporary table ${name(relation.name)} on commit drop as ${query}`)
}

/** Names for a pair that no other comparison in the session has, and its source's rows where they have to be tried first. */
async function beginAside(scope: RowsScope, pair: RowsPair, follows: boolean): Promise<Aside> {
  const suffix = randomBytes(5).toString('hex')
  const aside: Aside = {
    ...mapColumns(pair.live, pair.source.columns, pair.renamed),
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

/** Compares one table with its source by key and sets aside the rows that differ. */
export async function setRowsAside(scope: RowsScope, pair: RowsPair, mode: RowsMode): Promise<Aside> {
  const aside = await beginAside(scope, pair, false)
  const { live, columns, kept } = aside
  const source = sourceRows(aside)
  const isLost = pair.source.lost?.() ?? fragment`true`
  const onlySource = pair.only?.('s') ?? fragment`true`
  const onlyLive = pair.only?.('l') ?? fragment`true`
  const within = pair.source.within?.('l') ?? fragment`true`
  if (!live.key) {
    await setUnkeyedAside(scope, aside, { source: onlySource, live: onlyLive, within })
    return aside
  }
  const same = sameKey(live, live.key, 'l', 's')
  const absent = fragment`(${onlySource}) and not exists (select from ${rowsOf(live)} l where ${same})`
  await make(
    scope,
    aside.missing,
    fragment`select ${columnsIn('s', columns)} from ${source} s where (${isLost}) and ${absent}`,
  )
  const differing = fragment`${source} s join ${rowsOf(live)} l on ${same} where (${onlySource}) and (${differInAny(live, updatable(live, columns), 'l', 's')})`
  const yields = pair.source.yields?.() ?? fragment`false`
  const overwritten = mode === 'all' ? differing : fragment`${differing} and not ${yields}`
  await make(scope, aside.changed, fragment`select ${columnsIn('s', columns)} from ${overwritten}`)
  if (kept)
    await make(scope, kept, fragment`select ${columnsIn('s', columns)} from ${differing} and ${yields}`)
  if (pair.source.lost)
    await noteGoneLater(scope, aside, fragment`${source} s where not (${isLost}) and ${absent}`)
  await make(
    scope,
    aside.extra,
    extraOf(
      live,
      fragment`(${onlyLive}) and (${within}) and not exists (select from ${source} s where ${same})`,
    ),
  )
  return aside
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

async function setUnkeyedAside(
  scope: RowsScope,
  aside: Aside,
  only: { source: Fragment; live: Fragment; within: Fragment },
): Promise<void> {
  const { live, columns } = aside
  const s = numbered(sourceRows(aside), 's', columns, only.source)
  const l = numbered(rowsOf(live), 'l', columns, only.live)
  const spokenFor = numbered(rowsOf(live), 'l', columns, fragment`(${only.live}) and (${only.within})`)
  const same = fragment`l.holdfast_line = s.holdfast_line and l.holdfast_number = s.holdfast_number`
  await make(
    scope,
    aside.missing,
    fragment`select ${columnsIn('s', columns)} from ${s} s where not exists (select from ${l} l where ${same})`,
  )
  // Where the source is every row that was lost, equal live rows leave open which of them it was.
  if (aside.source.yields) {
    const [row] = await runSql<{ rows: string }>(
      scope,
      fragment`select ((select count(*) from ${sourceRows(aside)}) - (select count(*) from ${tableOf(aside.missing)}))::text as rows`,
    )
    if (Number(row!.rows) > 0)
      aside.notes.push(
        `${rowsText(Number(row!.rows))} stay out: live has equal rows, and without a key nobody can tell whether they are the same.`,
      )
  }
  await make(
    scope,
    aside.changed,
    fragment`select ${columnsIn('s', columns)} from ${tableOf(aside.source.relation)} s where false`,
  )
  await make(
    scope,
    aside.extra,
    fragment`select l.holdfast_relation, l.holdfast_place, l.holdfast_line from ${spokenFor} l where not exists (select from ${s} s where ${same})`,
  )
}

/** Empty sets for a table that nobody asked for, to take the rows that others need. */
export async function setNothingAside(scope: RowsScope, pair: RowsPair): Promise<Aside> {
  const aside = await beginAside(scope, pair, true)
  const none = fragment`select ${columnsIn('s', aside.columns)} from ${sourceRows(aside)} s where false`
  await make(scope, aside.missing, none)
  await make(scope, aside.changed, none)
  const key = pair.live.key ?? aside.columns
  await make(
    scope,
    aside.extra,
    fragment`select ${columnsIn('l', key)} from ${rowsOf(pair.live)} l where false`,
  )
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
