import { momentColumn, updatable } from '#lib/rows/map-columns.ts'
import { checksumOf, columnIn, differs, lineOf, rowsOf, sameKey } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { type Aside, countRows } from '#lib/rows/set-aside.ts'
import type { RowsScope, SetAside } from '#lib/rows/types.ts'
import { bind, type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'

const measured = async (
  scope: RowsScope,
  relation: SetAside['relation'],
  most: number,
  from: Fragment,
  line: Fragment,
): Promise<SetAside> => {
  if (most === 0) return { relation, rows: 0, checksum: '0:0' }
  const [row] = await runSql<{ rows: string; checksum: string }>(
    scope,
    // Kept apart, because the planner would otherwise make each line once for every hash of it.
    fragment`select count(*)::text as rows, ${checksumOf(fragment`x.line`)} as checksum from (select ${line} as line from ${from} offset 0) x`,
  )
  return { relation, rows: Number(row!.rows), checksum: row!.checksum }
}

/** The changed rows beside the live rows that they would replace. */
export const changedBesideLive = ({ live, changed }: Aside): Fragment =>
  fragment`${tableOf(changed)} m join ${rowsOf(live)} l on ${sameKey(live, live.key!, 'l', 'm')}`

/**
 * Counts and checksums what a comparison set aside. The checksum of changed rows covers the live values too: a plan
 * never overwrites values that nobody has seen.
 */
export async function measureAside(
  scope: RowsScope,
  aside: Aside,
): Promise<{ missing: SetAside; changed: SetAside; extra: SetAside }> {
  const { live, columns, missing, changed, extra, most } = aside
  const missingLine = lineOf('m', columns)
  const none = { relation: changed, rows: 0, checksum: '' }
  return {
    missing: await measured(scope, missing, most.missing, fragment`${tableOf(missing)} m`, missingLine),
    changed: live.key
      ? await measured(
          scope,
          changed,
          most.changed,
          changedBesideLive(aside),
          fragment`(${lineOf('m', columns)} || ${lineOf('l', columns)})`,
        )
      : none,
    extra: live.key
      ? await measured(
          scope,
          extra,
          most.extra,
          fragment`${tableOf(extra)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}`,
          lineOf('l', columns),
        )
      : await measured(scope, extra, most.extra, fragment`${tableOf(extra)} m`, fragment`m.holdfast_line`),
  }
}

/** In how many of the changed rows each column differs, most first. */
export async function countChangedColumns(
  scope: RowsScope,
  aside: Aside,
): Promise<{ column: string; rows: number }[]> {
  const columns = updatable(aside.live, aside.columns)
  if (!aside.live.key || columns.length === 0 || aside.most.changed === 0) return []
  const counts = columns.map(
    (column) => fragment`count(*) filter (where ${differs(aside.live, column, 'l', 'm')})::int`,
  )
  const [row] = await runSql<{ counts: number[] }>(
    scope,
    fragment`select array[${join(counts, ', ')}] as counts from ${changedBesideLive(aside)}`,
  )
  return columns
    .map((column, i) => ({ column, rows: row!.counts[i]! }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows)
}

/** True where live changed the row after the source's moment. Null where no column tells. */
export function isNewer(aside: Aside, moment: Date, kind: 'updated' | 'created'): Fragment | null {
  const column = momentColumn(aside.live, kind)
  if (!column) return null
  return fragment`coalesce(${columnIn('l', column.name)} > (${bind(moment.toISOString())}::timestamptz at time zone 'UTC')${
    column.type.includes('without') ? fragment`` : fragment` at time zone 'UTC'`
  }, false)`
}

/** How many changed and extra rows are newer in live than the source's moment. */
export async function countNewer(scope: RowsScope, aside: Aside, moment: Date | null): Promise<number> {
  const { live, extra, kept, most } = aside
  if (kept) return countRows(scope, kept)
  if (!moment || !live.key) return 0
  const count = async (most: number, from: Fragment, newer: Fragment | null): Promise<number> => {
    if (!newer || most === 0) return 0
    const [row] = await runSql<{ rows: number }>(
      scope,
      fragment`select count(*)::int as rows from ${from} where ${newer}`,
    )
    return row!.rows
  }
  const extraRows = fragment`${tableOf(extra)} m join ${rowsOf(live)} l on ${sameKey(live, live.key, 'l', 'm')}`
  return (
    (await count(most.changed, changedBesideLive(aside), isNewer(aside, moment, 'updated'))) +
    (await count(
      most.extra,
      extraRows,
      isNewer(aside, moment, 'created') ?? isNewer(aside, moment, 'updated'),
    ))
  )
}
