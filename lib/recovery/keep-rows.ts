import type { SearchScope } from '#lib/recovery/evidence.ts'
import { type Had, type HadRows, hadColumns, type Searching } from '#lib/recovery/had-tables.ts'
import { organizationOf, roleIn, userOf } from '#lib/recovery/membership-rows.ts'
import { mapColumns } from '#lib/rows/map-columns.ts'
import { columnList } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsSource } from '#lib/rows/types.ts'
import { columnOf, type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'

/** Adds rows of a relation that match; `facts` are source, at, gone, act and operation of each. */
export async function keepRows(
  scope: SearchScope,
  had: HadRows,
  from: Pick<RowsSource, 'columns'>,
  rows: { relation: Fragment; where: Fragment; facts: Fragment },
): Promise<number> {
  const { giver, relation } = had
  const { columns } = mapColumns(giver.live, from.columns)
  const taken = had.columns.filter((column) => columns.includes(column))
  const { user, organization, source, at, gone, act, operation } = hadColumns
  const { count } = await runSql(
    scope,
    fragment`insert into ${tableOf(relation)} (${columnList([...taken, user, organization, source, at, gone, act, operation])})
      select ${join(
        taken.map((column) => columnOf(giver.alias, column)),
        ', ',
      )}, ${userOf(giver)}, ${organizationOf(giver)}, ${rows.facts} from ${rows.relation} where ${rows.where}`,
  )
  if (count > 0) had.columns = taken
  return count
}

/**
 * Which rows of a source are asked for: of those who have no membership theirs, of those who have no role the rows with one.
 * `left` narrows whom is still looked for.
 */
export function wantedRows(scope: Searching, had: Had, { giver }: HadRows, left: Fragment): Fragment {
  const of = (more: Fragment) =>
    fragment`${userOf(giver)} in (select p.user_key from ${tableOf(scope.people)} p where ${left} and ${more})`
  if (giver.kind === 'roles') return of(fragment`true`)
  const members = of(fragment`p.reason <> 'without-role'`)
  if (had.roles || !giver.role) return members
  return fragment`(${members} or ${roleIn(giver)} is not null and ${of(fragment`p.reason = 'without-role'`)})`
}
