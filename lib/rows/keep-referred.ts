import { updatable } from '#lib/rows/map-columns.ts'
import { differInAny, noneIsNull, rowsOf, sameKey, sameValues } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, rowsText } from '#lib/rows/set-aside.ts'
import type { RowsMode, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const referringSql = loadSql(new URL('./sql/referring.sql', import.meta.url))

type Action = 'a' | 'r' | 'c' | 'n' | 'd'

const actions: Record<Action, string> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
}

/** A foreign key that refers to a table, also of a table that is not restored or that Holdfast does not list. */
export interface Referring extends TableName {
  isPartitioned: boolean
  constraint: string
  columns: string[]
  referencedColumns: string[]
  onDelete: Action
  onUpdate: Action
}

export const listReferring = (scope: RowsScope, table: Table): Promise<Referring[]> =>
  scope.sql.unsafe<Referring[]>(referringSql, [quoteTable(table)])

/** Joins the rows of a set of extra rows, on `m` or `p`, to their live rows. */
const isExtra = (live: Table, set: 'm' | 'p', alias: 'l' | 's'): Fragment => {
  if (live.key) return sameKey(live, live.key, alias, set)
  const [row, aside] = alias === 'l' ? [fragment`l`, fragment`m`] : [fragment`s`, fragment`p`]
  return fragment`${row}.tableoid = ${aside}.holdfast_relation and ${row}.ctid = ${aside}.holdfast_place`
}

interface Child {
  key: Referring
  /** What is known of its columns; nothing of a table that nobody lists. */
  table: Pick<Table, 'columns'>
  aside: Aside | undefined
}

/** True for a live row on `s` that refers, and will after the run, because nothing of the run takes it away. */
function staysReferring({ key, table, aside }: Child, parent: Table, mode: RowsMode): Fragment {
  if (!aside) return fragment`true`
  const { live, most, extra, changed } = aside
  const stays: Fragment[] = [fragment`true`]
  if (mode === 'all' && most.extra > 0)
    stays.push(fragment`not exists (select from ${tableOf(extra)} p where ${isExtra(live, 'p', 's')})`)
  const settable = updatable(live, aside.columns)
  if (live.key && most.changed > 0 && key.columns.every((column) => settable.includes(column))) {
    const refers = sameValues(
      { alias: 'p', columns: key.columns, table },
      { alias: 'l', columns: key.referencedColumns, table: parent },
    )
    stays.push(
      fragment`not exists (select from ${tableOf(changed)} p where ${sameKey(live, live.key, 's', 'p')} and (${refers}) is not true)`,
    )
  }
  return join(stays, ' and ')
}

/** The rows that refer to the parent's live row on `l`: live ones that stay, and those that are about to come. */
function referringTo(parent: Aside, child: Child, mode: RowsMode): Fragment {
  const { key, table, aside } = child
  const ends = (alias: 's') =>
    sameValues(
      { alias, columns: key.columns, table },
      { alias: 'l', columns: key.referencedColumns, table: parent.live },
    )
  const rows = fragment`${key.isPartitioned ? fragment`` : fragment`only `}${tableOf(key)}`
  const own = sameTable(key, parent.live)
  const apart =
    own && parent.live.key
      ? fragment` and not (${sameKey(parent.live, parent.live.key, 's', 'l')})`
      : fragment``
  const live = fragment`select from ${rows} s where ${ends('s')}${apart} and ${staysReferring(child, parent.live, mode)}`
  const coming = (aside ? [aside.missing, aside.changed] : [])
    .filter((_, i) => aside!.most[i === 0 ? 'missing' : 'changed'] > 0)
    .filter(() => key.columns.every((column) => aside!.columns.includes(column)))
    .map(
      (set) => fragment`select from ${tableOf(set)} s where ${noneIsNull('s', key.columns)} and ${ends('s')}`,
    )
  return join([live, ...coming], ' union all ')
}

/**
 * Takes out of what is to be deleted or overwritten the rows that others refer to and will go on referring to: a foreign key
 * would refuse, or would silently delete or change those. Repeats until what is left goes alone.
 */
export async function keepReferred(
  scope: RowsScope,
  asides: readonly Aside[],
  tables: readonly Table[],
  mode: RowsMode,
): Promise<void> {
  if (mode === 'missing') return
  const keys = new Map<Aside, Referring[]>()
  for (const aside of asides) keys.set(aside, await listReferring(scope, aside.live))
  const childOf = (key: Referring): Child => ({
    key,
    table: tables.find((table) => sameTable(table, key)) ?? { columns: [] },
    aside: asides.find((aside) => sameTable(aside.live, key)),
  })
  for (let more = true; more; ) {
    more = false
    for (const parent of asides) {
      for (const key of keys.get(parent)!) {
        const child = childOf(key)
        if (mode === 'all' && parent.most.extra > 0 && (await keepExtra(scope, parent, child, mode)))
          more = true
        if (parent.most.changed > 0 && (await keepValues(scope, parent, child, mode))) more = true
      }
    }
  }
}

async function keep(
  scope: RowsScope,
  parent: Aside,
  child: Child,
  mode: RowsMode,
  set: { relation: TableName; condition: Fragment; say(kept: string, referring: string): string },
): Promise<boolean> {
  const from = fragment`${tableOf(set.relation)} m, ${rowsOf(parent.live)} l where ${set.condition}`
  const referring = referringTo(parent, child, mode)
  const [row] = await runSql<{ rows: string }>(
    scope,
    fragment`select coalesce(sum((select count(*) from (${referring}) r)), 0)::text as rows from ${from}`,
  )
  if (row!.rows === '0') return false
  const { count } = await runSql(
    scope,
    fragment`delete from ${tableOf(set.relation)} where ctid in (
      select m.ctid from ${from} and exists (${referring}))`,
  )
  parent.notes.push(set.say(rowsText(count), rowsText(Number(row!.rows))))
  return count > 0
}

const keepExtra = (scope: RowsScope, parent: Aside, child: Child, mode: RowsMode): Promise<boolean> =>
  keep(scope, parent, child, mode, {
    relation: parent.extra,
    condition: isExtra(parent.live, 'm', 'l'),
    say: (kept, referring) =>
      `${kept} that the source does not have will not be deleted: ${referring} of ${formatTable(child.key)} refer to them (${child.key.constraint}, on delete ${actions[child.key.onDelete]}).`,
  })

async function keepValues(scope: RowsScope, parent: Aside, child: Child, mode: RowsMode): Promise<boolean> {
  const { live, columns, changed } = parent
  const settable = updatable(live, columns)
  const referenced = child.key.referencedColumns.filter((column) => settable.includes(column))
  if (!live.key || referenced.length === 0) return false
  return keep(scope, parent, child, mode, {
    relation: changed,
    condition: fragment`${sameKey(live, live.key, 'l', 'm')} and (${differInAny(live, referenced, 'l', 'm')})`,
    say: (kept, referring) =>
      `${kept} stay as they are: ${referring} of ${formatTable(child.key)} refer to their ${referenced.join(', ')} (${child.key.constraint}, on update ${actions[child.key.onUpdate]}).`,
  })
}
