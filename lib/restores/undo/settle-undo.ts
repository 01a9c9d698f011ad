import { goesAway, type PreparedTable, plural } from '#lib/restores/undo/prepare-undo.ts'
import { listUniques } from '#lib/rows/list-uniques.ts'
import { noneIsNull, rowsOf, sameKey, sameValues } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, sameTable } from '#lib/sql/identifier.ts'
import type { ForeignKey, Table } from '#lib/targets/types.ts'

/** A live row, on the alias `l`, that the undo neither deletes nor overwrites. */
const stays = (prepared: PreparedTable): Fragment => {
  const { live, back } = prepared
  const isOverwritten = live.key
    ? fragment` and not exists (select from ${tableOf(back)} m where ${sameKey(live, live.key, 'l', 'm')})`
    : fragment``
  return fragment`not ${goesAway(prepared)}${isOverwritten}`
}

async function take(
  scope: RowsScope,
  prepared: PreparedTable,
  statement: Fragment,
  say: (rows: string) => string,
): Promise<boolean> {
  const { count } = await runSql(scope, statement)
  if (count > 0) prepared.notes.push(say(plural(count, 'row')))
  return count > 0
}

/** Rows that come back cannot have what another live row has by now. */
async function dropTaken(scope: RowsScope, prepared: PreparedTable): Promise<boolean> {
  const { live, back } = prepared
  let any = false
  for (const unique of await listUniques(scope, live)) {
    const columns = live.columns
      .map((column) => column.name)
      .filter((column) => unique.columns.includes(column))
    const isKept = columns.every((column) => prepared.table.kept.columns.some((one) => one.name === column))
    if (!isKept) continue
    const mine = unique.valuesOf(tableOf(back), fragment`ctid as holdfast_place`)
    const others = unique.valuesOf(
      fragment`(select l.* from ${rowsOf(live)} l where ${stays(prepared)}) others`,
      fragment`true as holdfast_there`,
    )
    const statement = fragment`delete from ${tableOf(back)} where ctid in (
      select b.holdfast_place from ${mine} b join ${others} o on ${unique.same(fragment`b`, fragment`o`)})`
    if (
      await take(
        scope,
        prepared,
        statement,
        (rows) => `${rows} not put back: another live row has the same ${unique.label} by now.`,
      )
    )
      any = true
  }
  return any
}

/** Rows that come back need what they refer to. */
async function dropLacking(
  scope: RowsScope,
  prepared: PreparedTable,
  all: readonly PreparedTable[],
  tables: readonly Table[],
): Promise<boolean> {
  const { live, back, table } = prepared
  let any = false
  for (const key of live.foreignKeys) {
    const parent = tables.find((one) => sameTable(one, key.references))
    if (!parent || !key.columns.every((column) => table.kept.columns.some((one) => one.name === column)))
      continue
    const there = all.find((one) => sameTable(one.live, parent))
    const child = { alias: 's' as const, columns: key.columns, table: live }
    const own = (alias: 'l' | 'p') => ({ alias, columns: key.referencedColumns, table: parent })
    const staying = there ? fragment` and ${stays(there)}` : fragment``
    const coming = there
      ? fragment` and not exists (select from ${tableOf(there.back)} p where ${sameValues(child, own('p'))})`
      : fragment``
    const statement = fragment`delete from ${tableOf(back)} s where ${noneIsNull('s', key.columns)}
      and not exists (select from ${rowsOf(parent)} l where ${sameValues(child, own('l'))}${staying})${coming}`
    if (
      await take(
        scope,
        prepared,
        statement,
        (rows) => `${rows} not put back: what they refer to in ${formatTable(parent)} is no longer there.`,
      )
    )
      any = true
  }
  return any
}

/** Rows that the operation made stay where others refer to them by now; what those hang on is never taken along. */
async function keepReferred(
  scope: RowsScope,
  prepared: PreparedTable,
  all: readonly PreparedTable[],
  children: readonly { child: Table; key: ForeignKey }[],
): Promise<boolean> {
  const { live, goes } = prepared
  if (!live.key) return false
  let any = false
  for (const { child, key } of children) {
    const there = all.find((one) => sameTable(one.live, child))
    const refers = (alias: 'l' | 's') =>
      sameValues(
        { alias, columns: key.columns, table: child },
        { alias: 'p', columns: key.referencedColumns, table: live },
      )
    const knows = key.columns.every((column) => there?.table.kept.columns.some((one) => one.name === column))
    const reasons = [
      fragment`exists (select from ${rowsOf(child)} l where ${refers('l')}${there ? fragment` and ${stays(there)}` : fragment``})`,
      ...(there && knows
        ? [fragment`exists (select from ${tableOf(there.back)} s where ${refers('s')})`]
        : []),
    ]
    for (const reason of reasons) {
      // The live row itself has the columns that are referred to; of the rows that go only the key is known.
      const statement = fragment`delete from ${tableOf(goes)} where ctid in (
        select m.ctid from ${tableOf(goes)} m join ${rowsOf(live)} p on ${sameKey(live, live.key, 'm', 'p')} where ${reason})`
      const isTaken = await take(
        scope,
        prepared,
        statement,
        (rows) =>
          `${rows} that the operation made: left, because rows of ${formatTable(child)} refer to ${rows.startsWith('1 ') ? 'it' : 'them'} by now.`,
      )
      any ||= isTaken
    }
  }
  return any
}

/** The tables whose rows refer to a table's. */
export const listChildren = (live: Table, tables: readonly Table[]): { child: Table; key: ForeignKey }[] =>
  tables.flatMap((child) =>
    child.foreignKeys.filter((key) => sameTable(key.references, live)).map((key) => ({ child, key })),
  )

/**
 * Takes out of an undo what the rest of the database does not admit: unique values that others have by now, rows that
 * would refer to nothing, rows that others refer to. Each is said; repeats until what is left can be written together.
 */
export async function settleUndo(
  scope: RowsScope,
  all: readonly PreparedTable[],
  tables: readonly Table[],
): Promise<void> {
  for (let more = true; more; ) {
    more = false
    for (const prepared of all) {
      const children = listChildren(prepared.live, tables)
      const taken = await dropTaken(scope, prepared)
      const lacking = await dropLacking(scope, prepared, all, tables)
      const referred = await keepReferred(scope, prepared, all, children)
      more ||= taken || lacking || referred
    }
  }
}
