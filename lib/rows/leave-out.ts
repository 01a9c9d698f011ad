import { endsOf } from '#lib/rows/follow-keys.ts'
import { listUniques, type Unique } from '#lib/rows/list-uniques.ts'
import { sourceRows } from '#lib/rows/read-source.ts'
import { columnIn, columnList, noneIsNull, rowsOf, sameKey, sameValues } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, rowsText } from '#lib/rows/set-aside.ts'
import type { RowsMode, RowsScope } from '#lib/rows/types.ts'
import { type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'
import { formatTable, quoteTable, sameTable, type TableName } from '#lib/sql/identifier.ts'
import { loadSql } from '#lib/sql/load-sql.ts'
import type { Table } from '#lib/targets/types.ts'

const rowRulesSql = loadSql(new URL('./sql/row_rules.sql', import.meta.url))

/** A condition that every row has to satisfy, as the catalog writes it. */
interface RowRule {
  name: string
  isPartition: boolean
  expression: string
  columns: string[]
}

/**
 * Takes out of what is to be written the rows that live cannot take: another row has their unique values, a column may not
 * be empty any more, or what they refer to is nowhere. Each is said in the notes; repeats until what is left can be written.
 */
export async function leaveOut(
  scope: RowsScope,
  asides: readonly Aside[],
  tables: readonly Table[],
  mode: RowsMode,
): Promise<void> {
  for (const aside of asides) {
    await leaveOutEmpty(scope, aside, mode)
    await leaveOutRuled(scope, aside, mode)
    await leaveOutTaken(scope, aside, mode)
  }
  for (let more = true; more; ) {
    more = false
    for (const aside of asides) {
      for (const key of aside.live.foreignKeys) {
        const parent = tables.find((table) => sameTable(table, key.references))
        const ends = parent && endsOf(aside, key, parent)
        if (!ends) continue
        const there = asides.find((candidate) => sameTable(candidate.live, parent))
        const inAside = there
          ? fragment` and not exists (select from ${tableOf(there.missing)} p where ${sameValues(ends.child, ends.aside)})`
          : fragment``
        const lacking = fragment`${noneIsNull('m', key.columns)} and not exists (select from ${rowsOf(parent)} l where ${sameValues(ends.child, ends.live)})${inAside}`
        const why = `what they refer to in ${formatTable(parent)} is neither live nor in the source`
        for (const set of setsOf(aside, mode))
          if (
            (await take(
              scope,
              aside,
              set,
              fragment`delete from ${tableOf(set.relation)} m where ${lacking}`,
              why,
            )) > 0
          )
            more = true
      }
    }
  }
}

interface WrittenSet {
  relation: TableName
  stay: string
}

const missingSet = (aside: Aside): WrittenSet => ({ relation: aside.missing, stay: 'stay out' })

/** What a run in this mode would write, if anything. */
const setsOf = (aside: Aside, mode: RowsMode): WrittenSet[] => [
  ...(aside.most.missing > 0 ? [missingSet(aside)] : []),
  ...(mode !== 'missing' && aside.most.changed > 0
    ? [{ relation: aside.changed, stay: 'stay as they are' }]
    : []),
]

async function take(
  scope: RowsScope,
  aside: Aside,
  set: WrittenSet,
  statement: Fragment,
  why: string,
): Promise<number> {
  const { count } = await runSql(scope, statement)
  if (count > 0) aside.notes.push(`${rowsText(count)} ${set.stay}: ${why}.`)
  return count
}

async function leaveOutEmpty(scope: RowsScope, aside: Aside, mode: RowsMode): Promise<void> {
  const needed = aside.live.columns.filter(({ name, notNull }) => notNull && aside.columns.includes(name))
  if (needed.length === 0) return
  const empty = join(
    needed.map(({ name }) => fragment`${columnIn('m', name)} is null`),
    ' or ',
  )
  for (const set of setsOf(aside, mode))
    await take(
      scope,
      aside,
      set,
      fragment`delete from ${tableOf(set.relation)} m where ${empty}`,
      'a column of theirs was empty then and may not be empty now',
    )
}

/** Rows that a CHECK of today refuses, or that no partition takes. */
async function leaveOutRuled(scope: RowsScope, aside: Aside, mode: RowsMode): Promise<void> {
  const sets = setsOf(aside, mode)
  if (sets.length === 0) return
  const rules = await scope.sql.unsafe<RowRule[]>(rowRulesSql, [quoteTable(aside.live)])
  for (const { name, isPartition, expression, columns } of rules) {
    // What the database computes or fills in it has to judge itself.
    if (!columns.every((column) => aside.columns.includes(column))) continue
    const rule: Fragment = { parts: [expression] }
    const broken = isPartition ? fragment`(${rule}) is not true` : fragment`(${rule}) is false`
    const why = isPartition ? 'no partition of today takes them' : `the rule “${name}” of today refuses them`
    for (const set of sets)
      await take(scope, aside, set, fragment`delete from ${tableOf(set.relation)} where ${broken}`, why)
  }
}

async function leaveOutTaken(scope: RowsScope, aside: Aside, mode: RowsMode): Promise<void> {
  const { live, columns } = aside
  // Made equal to the source, live rows that are in the way go or change first; a journal deletes none.
  if (mode === 'all' && !aside.source.yields) return
  for (const unique of await listUniques(scope, live)) {
    if (!unique.columns.every((column) => columns.includes(column))) continue
    for (const set of setsOf(aside, mode)) {
      const isOther =
        set.relation === aside.missing
          ? fragment``
          : fragment` and not (${sameKey(live, live.key!, 'l', 'm')})`
      const more = live.key ? columnList(live.key) : fragment`null`
      const mine = unique.valuesOf(tableOf(set.relation), fragment`ctid as holdfast_place, ${more}`)
      await take(
        scope,
        aside,
        set,
        fragment`delete from ${tableOf(set.relation)} where ctid in (
          select m.holdfast_place from ${mine} m join ${unique.valuesOf(rowsOf(live), more)} l
          on ${unique.same(fragment`l`, fragment`m`)}${isOther})`,
        `another live row already has the same ${unique.label}`,
      )
    }
    if (aside.source.age && live.key && aside.most.missing > 0)
      await leaveOutYounger(scope, aside, unique, aside.source.age)
  }
}

/** Rows of different times that had the same unique values, one after the other: the first one had them when it began. */
async function leaveOutYounger(scope: RowsScope, aside: Aside, unique: Unique, age: string): Promise<void> {
  const { live, missing } = aside
  const mine = unique.valuesOf(tableOf(missing), fragment`ctid as holdfast_place, ${columnList(live.key!)}`)
  await take(
    scope,
    aside,
    missingSet(aside),
    fragment`delete from ${tableOf(missing)} where ctid in (
      select r.holdfast_place from (
        select m.holdfast_place, row_number() over (partition by ${unique.values} order by ${columnIn('s', age)}) as holdfast_number,
          num_nulls(${unique.values}) as holdfast_nulls
        from ${mine} m join ${sourceRows(aside)} s on ${sameKey(live, live.key!, 's', 'm')}
      ) r where r.holdfast_number > 1 and r.holdfast_nulls = 0)`,
    `another row that comes back had the same ${unique.label} before`,
  )
}
