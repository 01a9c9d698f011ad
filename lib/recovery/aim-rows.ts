import { randomBytes } from 'node:crypto'
import type { HadRows } from '#lib/recovery/had-tables.ts'
import { decidingColumns, type Giver, isOne, type Membership } from '#lib/recovery/membership-rows.ts'
import { listUniques } from '#lib/rows/list-uniques.ts'
import { columnsIn, rowsOf, sameKey, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsPair, RowsScope } from '#lib/rows/types.ts'
import { columnOf, type Fragment, fragment, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'

const alias = ({ alias: one }: Giver): Fragment => (one === 'm' ? fragment`m` : fragment`r`)

/** `alias` is the giver's, so that its conditions can be said of the live row beside `a`, the row aimed at. */
const isSamePair = (giver: Giver): Fragment =>
  fragment`${columnOf(giver.alias, giver.user)}::text = a.holdfast_user${
    giver.organization
      ? fragment` and ${columnOf(giver.alias, giver.organization)}::text = a.holdfast_organization`
      : fragment``
  } and ${isOne(giver)}`

/** The live row of the same key, whatever it says now. */
async function matchByKey(scope: RowsScope, aim: TableName, { live }: Giver): Promise<void> {
  await runSql(
    scope,
    fragment`update ${tableOf(aim)} s set holdfast_place = l.ctid, holdfast_relation = l.tableoid
      from ${rowsOf(live)} l where ${sameKey(live, live.key!, 'l', 's')}`,
  )
}

/** Somebody made a row for the same pair since, and a unique key lets no second one in: that one is repaired. */
async function matchByUnique(scope: RowsScope, aim: TableName, had: HadRows): Promise<void> {
  const { giver } = had
  const { live } = giver
  for (const unique of await listUniques(scope, live)) {
    if (!unique.columns.every((column) => had.columns.includes(column))) continue
    const mine = unique.valuesOf(
      fragment`${tableOf(aim)} aimed`,
      fragment`aimed.ctid as aim_place, aimed.holdfast_place as place`,
    )
    const theirs = unique.valuesOf(
      fragment`${rowsOf(live)} live_row`,
      fragment`live_row.ctid as live_place, live_row.tableoid as live_relation`,
    )
    await runSql(
      scope,
      fragment`update ${tableOf(aim)} a set holdfast_place = ${alias(giver)}.ctid, holdfast_relation = ${alias(giver)}.tableoid
        from (select x.aim_place, y.live_place, y.live_relation from ${mine} x join ${theirs} y on ${unique.same(fragment`x`, fragment`y`)} where x.place is null) c,
          ${rowsOf(live)} ${alias(giver)}
        where a.ctid = c.aim_place and ${alias(giver)}.ctid = c.live_place and ${alias(giver)}.tableoid = c.live_relation and ${isSamePair(giver)}`,
    )
    // Another's row has these values: two rows cannot, and theirs stays.
    await runSql(
      scope,
      fragment`delete from ${tableOf(aim)} a using (
        select x.aim_place from ${mine} x join ${theirs} y on ${unique.same(fragment`x`, fragment`y`)}
        where x.place is null or x.place <> y.live_place) c where a.ctid = c.aim_place`,
    )
  }
}

/** Without a key: the row of the same pair that is most like what was there, one for one. */
async function matchByPair(scope: RowsScope, aim: TableName, { giver, columns }: HadRows): Promise<void> {
  const { live } = giver
  const others = columns.filter((column) => !decidingColumns(giver).includes(column))
  const likeness =
    others.length > 0
      ? fragment`(${join(
          others.map(
            (column) =>
              fragment`case when ${columnOf(giver.alias, column)}::text is not distinct from a.${name(column)}::text then 0 else 1 end`,
          ),
          ' + ',
        )})`
      : fragment`0`
  await runSql(
    scope,
    fragment`update ${tableOf(aim)} t set holdfast_place = b.place, holdfast_relation = b.relation from (
        select distinct on (a.holdfast_user, a.holdfast_organization) a.ctid as aim_place, ${alias(giver)}.ctid as place, ${alias(giver)}.tableoid as relation
        from ${tableOf(aim)} a join ${rowsOf(live)} ${alias(giver)} on ${isSamePair(giver)}
        order by a.holdfast_user, a.holdfast_organization, ${likeness}, ${lineOfGiver(giver)}, ${alias(giver)}.ctid
      ) b where t.ctid = b.aim_place`,
  )
}

const lineOfGiver = (giver: Giver): Fragment =>
  fragment`row(${join(
    giver.live.columns.map((column) => columnOf(giver.alias, column.name)),
    ', ',
  )})::text`

/** A row that is somebody else's now stays theirs: nobody loses access for another's. */
async function leaveOthers(
  scope: RowsScope,
  aim: TableName,
  giver: Giver,
  { rule, users }: Membership,
): Promise<number> {
  const { count } = await runSql(
    scope,
    fragment`delete from ${tableOf(aim)} a using ${rowsOf(giver.live)} ${alias(giver)}
      where ${alias(giver)}.ctid = a.holdfast_place and ${alias(giver)}.tableoid = a.holdfast_relation
        and ${columnOf(giver.alias, giver.user)}::text is distinct from a.holdfast_user
        and exists (select from ${tableOf(users)} u where ${columnOf('u', rule.users.key)}::text = ${columnOf(giver.alias, giver.user)}::text
          and ${conditionsSql(users, 'u', rule.users.living)})`,
  )
  return count
}

/**
 * A live row keeps what it says beside what keeps its user out. Its role too, unless the journal has the row as it was in the
 * very moment: a role that was changed after a snapshot was changed by somebody.
 */
async function keepLiveValues(scope: RowsScope, aim: TableName, { giver, columns }: HadRows): Promise<void> {
  const deciding = decidingColumns(giver)
  const kept = columns.filter((column) => !deciding.includes(column))
  if (kept.length === 0) return
  const values = kept.map((column) =>
    column === giver.role
      ? fragment`${name(column)} = case when a.holdfast_exact or coalesce(l.${name(column)}::text, '') = '' then a.${name(column)} else l.${name(column)} end`
      : fragment`${name(column)} = l.${name(column)}`,
  )
  await runSql(
    scope,
    fragment`update ${tableOf(aim)} a set ${join(values, ', ')} from ${rowsOf(giver.live)} l
      where l.ctid = a.holdfast_place and l.tableoid = a.holdfast_relation`,
  )
}

/** Rows that were never there are added, and nothing else. */
const newRows = ({ giver: { live }, relation, columns }: HadRows): RowsPair['source'] => ({
  relation,
  columns: live.columns.filter((column) => columns.includes(column.name)),
  within: () => fragment`false`,
})

export interface AimedRows {
  pair: RowsPair
  /** Rows that were found but are somebody else's now. */
  othersRows: number
}

/**
 * The rows to have in live, out of what people had: a lost row as it was; one that is still there with its own values, but
 * for what keeps its user out. Reads live rows, so call it in the transaction that holds the tables. Writes a temporary table
 * of that transaction.
 */
export async function aimRows(scope: RowsScope, membership: Membership, had: HadRows): Promise<AimedRows> {
  const { giver, relation, columns } = had
  const { live } = giver
  if (had.isNew) return { othersRows: 0, pair: { live, source: newRows(had) } }
  const aim = temporary(`holdfast_aim_${randomBytes(5).toString('hex')}`)
  await runSql(
    scope,
    fragment`create temporary table ${name(aim.name)} on commit drop as
      select ${columnsIn('s', columns)}, s.holdfast_user, s.holdfast_organization,
        coalesce(s.holdfast_gone = s.holdfast_at, false) as holdfast_exact, null::tid as holdfast_place, null::oid as holdfast_relation
      from ${tableOf(relation)} s where s.holdfast_removal is null`,
  )
  if (live.key) {
    await matchByKey(scope, aim, giver)
    await matchByUnique(scope, aim, had)
  } else await matchByPair(scope, aim, had)
  const othersRows = await leaveOthers(scope, aim, giver, membership)
  await keepLiveValues(scope, aim, had)
  await runSql(scope, fragment`analyze ${tableOf(aim)}`)
  const replaced = fragment`exists (select from ${tableOf(aim)} a where a.holdfast_place = l.ctid and a.holdfast_relation = l.tableoid)`
  return {
    othersRows,
    pair: {
      live,
      source: {
        relation: aim,
        columns: live.columns.filter((column) => columns.includes(column.name)),
        // Of rows without a key, those that are repaired are replaced; about anybody else's it says nothing.
        within: () => (live.key ? fragment`false` : replaced),
      },
    },
  }
}
