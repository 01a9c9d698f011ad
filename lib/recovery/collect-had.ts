import { randomBytes } from 'node:crypto'
import { AppError, messageOf } from '#lib/errors.ts'
import type { Evidence, EvidenceBook, SearchScope } from '#lib/recovery/evidence.ts'
import type { LockedOutRow } from '#lib/recovery/list-locked-out.ts'
import {
  type Giver,
  givingMembers,
  givingRoles,
  letsInAt,
  type Membership,
  organizationOf,
  roleIn,
  userOf,
} from '#lib/recovery/membership-rows.ts'
import { readJournaled } from '#lib/recovery/read-journaled.ts'
import { settleHad } from '#lib/recovery/settle-had.ts'
import type { RecoverySource } from '#lib/recovery/types.ts'
import { mapColumns } from '#lib/rows/map-columns.ts'
import { columnList, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import type { RowsSource } from '#lib/rows/types.ts'
import { bind, columnOf, type Fragment, fragment, integer, join, name, tableOf } from '#lib/sql/fragment.ts'
import type { TableName } from '#lib/sql/identifier.ts'

/** Rows that let users in once, in a temporary table of the session, and what is known of each. */
export interface HadRows {
  giver: Giver
  relation: TableName
  /** Columns that every source that gave rows has. */
  columns: string[]
  /** Made for people of whom nothing was found: no live row is meant by them. */
  isNew?: boolean
}

export interface Had {
  members: HadRows
  roles: HadRows | null
  sources: RecoverySource[]
  problems: string[]
}

/** Columns of a HadRows' relation beside the table's own. */
export const hadColumns = {
  user: 'holdfast_user',
  organization: 'holdfast_organization',
  /** Index into the sources. */
  source: 'holdfast_source',
  /** When it was seen in force for the last time. */
  at: 'holdfast_at',
  /** From when on it certainly was not. */
  gone: 'holdfast_gone',
  act: 'holdfast_act',
  operation: 'holdfast_operation',
  /** Why it is not given back; null: it is. */
  removal: 'holdfast_removal',
} as const

export interface Searching extends SearchScope {
  people: TableName
}

const randomName = (what: string): TableName =>
  temporary(`holdfast_${what}_${randomBytes(5).toString('hex')}`)

async function makeHad(scope: SearchScope, giver: Giver): Promise<HadRows> {
  const relation = randomName('had')
  const columns = giver.live.columns
    .filter((column) => column.generated !== 'stored')
    .map((column) => column.name)
  await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} as select ${join(
      columns.map((column) => columnOf('t', column)),
      ', ',
    )}, null::text as holdfast_user, null::text as holdfast_organization, 0 as holdfast_source,
      null::timestamptz as holdfast_at, null::timestamptz as holdfast_gone, null::text as holdfast_act,
      null::text as holdfast_operation, null::text as holdfast_removal from ${tableOf(giver.live)} t where false`,
  )
  return { giver, relation, columns }
}

async function makePeople(scope: SearchScope, people: readonly LockedOutRow[]): Promise<TableName> {
  const relation = randomName('people')
  const list = JSON.stringify(people.map(({ user, reason }) => ({ user_key: user, reason })))
  await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} (user_key text primary key, reason text not null, members_found boolean not null default false, roles_found boolean not null default false)`,
  )
  await runSql(
    scope,
    fragment`insert into ${tableOf(relation)} (user_key, reason) select user_key, reason from jsonb_to_recordset(${bind(list)}::jsonb) p (user_key text, reason text)`,
  )
  await runSql(scope, fragment`analyze ${tableOf(relation)}`)
  return relation
}

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

/** Marks of whom something was found, so that older sources are asked about the others only. */
async function markFound(
  scope: Searching,
  had: HadRows,
  column: 'members_found' | 'roles_found',
): Promise<void> {
  await runSql(
    scope,
    fragment`update ${tableOf(scope.people)} p set ${name(column)} = true where not ${name(column)} and exists (select from ${tableOf(had.relation)} h where h.holdfast_user = p.user_key)`,
  )
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

/** Whether anybody is left of whom this kind of source may tell something. */
async function anyLeft(scope: Searching, had: Had): Promise<boolean> {
  const roleless = had.roles
    ? fragment`reason = 'without-role' and not roles_found`
    : fragment`reason = 'without-role' and not members_found`
  const [row] = await runSql<{ any: boolean }>(
    scope,
    fragment`select exists (select from ${tableOf(scope.people)} where (reason <> 'without-role' and not members_found) or (${roleless})) as any`,
  )
  return row!.any
}

const aliasOf = ({ alias }: Giver): Fragment => (alias === 'm' ? fragment`m` : fragment`r`)

/** Reads what one backup knows of those of whom nothing newer is known. Returns whether it could know anything. */
async function readEvidence(
  scope: Searching,
  had: Had,
  evidence: Evidence,
  index: number,
  notSeenAt: readonly Date[],
): Promise<boolean> {
  const at = fragment`${bind(evidence.source.at)}::timestamptz`
  const later = notSeenAt.filter((one) => one > new Date(evidence.source.at)).map((one) => one.getTime())
  const gone = later.length
    ? fragment`${bind(new Date(Math.min(...later)).toISOString())}::timestamptz`
    : fragment`null`
  const facts = fragment`${integer(index)}, ${at}, ${gone}, null, null`
  return evidence.open(async (opened) => {
    let found = 0
    let isThere = false
    for (const rows of [had.members, had.roles]) {
      if (!rows) continue
      const { giver } = rows
      const from = await opened.bring(giver.live)
      const there = (column: string) => from!.columns.some((one) => one.name === column)
      if (!from || !there(giver.user) || (giver.organization && !there(giver.organization))) continue
      isThere ||= giver.kind === 'members'
      const left = giver.kind === 'members' ? fragment`not p.members_found` : fragment`not p.roles_found`
      found += await keepRows(scope, rows, from, {
        relation: fragment`${tableOf(from.relation)} ${aliasOf(giver)}`,
        where: fragment`${wantedRows(scope, had, rows, left)} and ${letsInAt(giver, at, there)}`,
        facts,
      })
    }
    // What nothing is taken from need not be proven.
    if (found > 0) await opened.prove()
    return isThere
  })
}

/** Damaged, or its tables or columns are not what they were: it says nothing about the target. */
const isItsOwnTrouble = (error: unknown): boolean =>
  error instanceof AppError ||
  /^(3F000|42P01|42703|42704|42804|42846|42883)$/.test(String((error as { code?: unknown } | null)?.code))

const forget = async (scope: SearchScope, had: Had, index: number): Promise<void> => {
  for (const rows of [had.members, had.roles])
    if (rows)
      await runSql(
        scope,
        fragment`delete from ${tableOf(rows.relation)} where holdfast_source = ${integer(index)}`,
      )
}

/**
 * Looks for what locked-out users had: of each the newest snapshot in which they were let in, then what the guards journaled
 * after it, and archives for those of whom nothing else is known. What was taken away with approval, or was gone before the
 * loss, is kept apart. Writes temporary tables only.
 */
export async function collectHad(
  search: SearchScope,
  membership: Membership,
  people: readonly LockedOutRow[],
  book: EvidenceBook,
): Promise<Had> {
  const roles = givingRoles(membership)
  const scope: Searching = { ...search, people: await makePeople(search, people) }
  const had: Had = {
    members: await makeHad(scope, givingMembers(membership)),
    roles: roles ? await makeHad(scope, roles) : null,
    sources: [],
    problems: [],
  }
  const notSeenAt: Date[] = []
  const ask = async (evidence: Evidence) => {
    if (!(await anyLeft(scope, had))) return
    const index = had.sources.push(evidence.source) - 1
    try {
      if (await readEvidence(scope, had, evidence, index, notSeenAt))
        notSeenAt.push(new Date(evidence.source.at))
      await markFound(scope, had.members, 'members_found')
      if (had.roles) await markFound(scope, had.roles, 'roles_found')
    } catch (error) {
      // A damaged or vanished backup must not keep people out: the next older one is asked.
      if (scope.signal.aborted || !isItsOwnTrouble(error)) throw error
      await forget(scope, had, index)
      had.problems.push(`Not asked: ${evidence.label}. ${messageOf(error)}`)
    }
  }
  for (const evidence of book.quick) await ask(evidence)
  await readJournaled(scope, had, book)
  for (const rows of [had.members, had.roles])
    if (rows) await markFound(scope, rows, rows === had.members ? 'members_found' : 'roles_found')
  for (const evidence of book.slow) await ask(evidence)
  await settleHad(scope, membership, had, book)
  return had
}
