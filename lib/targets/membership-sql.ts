import { AppError } from '#lib/errors.ts'
import { bind, columnOf, type Fragment, fragment, integer, join, tableOf, typeOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { type Conditions, type MembershipRule, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** What keeps a living user out, from worst to mildest. A user is counted under the mildest of theirs only. */
export const lockoutReasons = ['missing', 'inactive', 'expired', 'not-started', 'dead-organization'] as const
export type LockoutReason = (typeof lockoutReasons)[number]

/** The state of a membership that lets its user in; the states below are the indexes of `lockoutReasons`. */
export const effectiveState = lockoutReasons.length

/** The table that a policy names. Throws AppError `table-not-found`. */
const findTable = (tables: readonly Table[], text: string): Table =>
  pickTables(tables, [policyTable(text)])[0]!

function typeOfColumn(table: Table, column: string): string {
  const found = table.columns.find((candidate) => candidate.name === column)
  if (!found) {
    throw new AppError('column-not-found', `${formatTable(table)} has no column “${column}”.`, {
      kind: 'not-found',
    })
  }
  return found.type
}

/** Equality of two columns; as text where the types differ (a uuid key kept as text elsewhere). */
function equal(a: Fragment, aType: string, b: Fragment, bType: string): Fragment {
  return aType === bType ? fragment`${a} = ${b}` : fragment`${a}::text = ${b}::text`
}

/** A policy's conditions on one table as one SQL expression; null counts as not fulfilled. */
export function conditionsSql(
  table: Table,
  alias: 'm' | 'o' | 'r' | 't' | 'u',
  conditions: Conditions,
): Fragment {
  const parts = Object.entries(conditions).map(([column, wanted]) => {
    const values = Array.isArray(wanted) ? wanted : [wanted]
    const type = typeOf(typeOfColumn(table, column))
    const given = values.filter((value) => value !== null)
    const options: Fragment[] = []
    if (given.length > 0) {
      const list = join(
        given.map((value) => fragment`${bind(value)}::${type}`),
        ', ',
      )
      options.push(fragment`${columnOf(alias, column)} in (${list})`)
    }
    if (given.length < values.length) options.push(fragment`${columnOf(alias, column)} is null`)
    return fragment`(${join(options, ' or ')})`
  })
  return parts.length === 0 ? fragment`true` : fragment`coalesce(${join(parts, ' and ')}, false)`
}

/**
 * The common table expressions `users` (living users), `members` (each membership with its state, its role where it holds
 * one, and its end) and `best` (the best state of each user). Keys are compared as text where their types differ.
 */
export function membershipCtes(rule: MembershipRule, tables: readonly Table[]): Fragment {
  const users = findTable(tables, rule.users.table)
  const members = findTable(tables, rule.members.table)
  const label = rule.users.label ? fragment`${columnOf('u', rule.users.label)}::text` : fragment`null::text`
  const cases = [
    fragment`when not ${conditionsSql(members, 'm', rule.members.active)} then ${stateSql('inactive')}`,
  ]
  if (rule.members.expiresAt) {
    cases.push(fragment`when ${columnOf('m', rule.members.expiresAt)} <= now() then ${stateSql('expired')}`)
  }
  if (rule.members.startsAt) {
    cases.push(fragment`when ${columnOf('m', rule.members.startsAt)} > now() then ${stateSql('not-started')}`)
  }
  let organizationJoin = fragment``
  if (rule.organizations) {
    const organizations = findTable(tables, rule.organizations.table)
    const same = equal(
      columnOf('o', rule.organizations.key),
      typeOfColumn(organizations, rule.organizations.key),
      columnOf('m', rule.members.organization),
      typeOfColumn(members, rule.members.organization),
    )
    organizationJoin = fragment`
  left join ${tableOf(organizations)} o on ${same} and ${conditionsSql(organizations, 'o', rule.organizations.living)}`
    cases.push(
      fragment`when ${columnOf('o', rule.organizations.key)} is null then ${stateSql('dead-organization')}`,
    )
  }
  const role = rule.members.role ? fragment`${columnOf('m', rule.members.role)}::text` : fragment`null::text`
  const ends = rule.members.expiresAt
    ? fragment`${columnOf('m', rule.members.expiresAt)}::timestamptz`
    : fragment`null::timestamptz`
  return fragment`with users as (
  select ${columnOf('u', rule.users.key)}::text as user_key, ${label} as label
  from ${tableOf(users)} u
  where ${conditionsSql(users, 'u', rule.users.living)}
), members as (
  select ${columnOf('m', rule.members.user)}::text as user_key, ${columnOf('m', rule.members.organization)}::text as organization_key,
    case ${join(cases, ' ')} else ${integer(effectiveState)} end as state, ${role} as role, ${ends} as ends
  from ${tableOf(members)} m${organizationJoin}
  where ${conditionsSql(members, 'm', rule.members.where)}
), best as (
  select user_key, max(state) as state from members group by user_key
)`
}

const stateSql = (reason: LockoutReason): Fragment => integer(lockoutReasons.indexOf(reason))

const sampleLimit = 20

/** Counts the living users, and those locked out for one reason, with samples. */
export function lockedOutSql(
  rule: MembershipRule,
  tables: readonly Table[],
  reason: LockoutReason,
): Fragment {
  return fragment`${membershipCtes(rule, tables)}, locked_out as (
  select u.user_key, u.label from users u left join best b using (user_key)
  where coalesce(b.state, 0) = ${stateSql(reason)}
)
select (select count(*) from users)::int as total, (select count(*) from locked_out)::int as affected,
  (select jsonb_agg(jsonb_build_object('id', s.user_key, 'label', s.label))
   from (select * from locked_out order by label, user_key limit ${integer(sampleLimit)}) s) as samples`
}

/**
 * The common table expression `roles_held`, to follow those of membershipCtes: the role of each effective membership that
 * gives one. Null where the rule says nothing of roles. Health and recovery both go by it.
 */
export function rolesHeldCte(rule: MembershipRule, tables: readonly Table[]): Fragment | null {
  const effective = fragment`m.state = ${integer(effectiveState)}`
  if (rule.roles) {
    const roles = findTable(tables, rule.roles.table)
    const value = fragment`${columnOf('r', rule.roles.value)}::text`
    const sameOrganization = rule.roles.organization
      ? fragment` and ${columnOf('r', rule.roles.organization)}::text = m.organization_key`
      : fragment``
    return fragment`, roles_held as (
  select m.user_key, m.organization_key, ${value} as role, m.ends
  from members m join ${tableOf(roles)} r on ${columnOf('r', rule.roles.user)}::text = m.user_key${sameOrganization}
  where ${effective} and ${conditionsSql(roles, 'r', rule.roles.where)} and ${value} <> ''
)`
  }
  if (!rule.members.role) return null
  return fragment`, roles_held as (
  select m.user_key, m.organization_key, m.role, m.ends from members m where ${effective} and m.role <> ''
)`
}

/** Counts living users who have an effective membership, and a role in none of them. */
export function withoutRoleSql(rule: MembershipRule, tables: readonly Table[]): Fragment {
  const held = rolesHeldCte(rule, tables)
  if (!held) throw new Error(`the rule ${rule.name} says nothing of roles`)
  return fragment`${membershipCtes(rule, tables)}${held}, without_role as (
  select u.user_key, u.label from users u join best b using (user_key)
  where b.state = ${integer(effectiveState)} and not exists (select from roles_held h where h.user_key = u.user_key)
)
select (select count(*) from users)::int as total, (select count(*) from without_role)::int as affected,
  (select jsonb_agg(jsonb_build_object('id', s.user_key, 'label', s.label))
   from (select * from without_role order by label, user_key limit ${integer(sampleLimit)}) s) as samples`
}

/** Counts living organisations that nobody effective belongs to. */
export function emptyOrganizationsSql(rule: MembershipRule, tables: readonly Table[]): Fragment {
  if (!rule.organizations) throw new Error(`the rule ${rule.name} says nothing of organisations`)
  const organizations = findTable(tables, rule.organizations.table)
  const label = rule.organizations.label
    ? fragment`${columnOf('o', rule.organizations.label)}::text`
    : fragment`null::text`
  return fragment`${membershipCtes(rule, tables)}, organizations as (
  select ${columnOf('o', rule.organizations.key)}::text as organization_key, ${label} as label
  from ${tableOf(organizations)} o where ${conditionsSql(organizations, 'o', rule.organizations.living)}
), peopled as (
  select distinct m.organization_key from members m join users u using (user_key) where m.state = ${integer(effectiveState)}
), empty as (
  select o.* from organizations o left join peopled p using (organization_key) where p.organization_key is null
)
select (select count(*) from organizations)::int as total, (select count(*) from empty)::int as affected,
  (select jsonb_agg(jsonb_build_object('id', s.organization_key, 'label', s.label))
   from (select * from empty order by label, organization_key limit ${integer(sampleLimit)}) s) as samples`
}

/**
 * Counts memberships that name a user or an organisation whose row is not there, living or not: what a delete without a
 * foreign key leaves behind.
 */
export function danglingSql(rule: MembershipRule, tables: readonly Table[]): Fragment {
  const [users, members] = [findTable(tables, rule.users.table), findTable(tables, rule.members.table)]
  const isThere = (there: Table, key: string, column: string): Fragment =>
    fragment`exists (select from ${tableOf(there)} u where ${equal(
      columnOf('u', key),
      typeOfColumn(there, key),
      columnOf('m', column),
      typeOfColumn(members, column),
    )})`
  const lost = [
    fragment`case when not ${isThere(users, rule.users.key, rule.members.user)} then 'user ' || coalesce(${columnOf('m', rule.members.user)}::text, 'null') end`,
  ]
  if (rule.organizations) {
    const organizations = findTable(tables, rule.organizations.table)
    const { organization } = rule.members
    lost.push(
      fragment`case when not ${isThere(organizations, rule.organizations.key, organization)} then 'organisation ' || coalesce(${columnOf('m', organization)}::text, 'null') end`,
    )
  }
  const id = members.key
    ? join(
        members.key.map((column) => fragment`${columnOf('m', column)}::text`),
        ` || ',' || `,
      )
    : fragment`m.ctid::text`
  return fragment`with members as (
  select ${id} as id, concat_ws(', ', ${join(lost, ', ')}) as lost
  from ${tableOf(members)} m where ${conditionsSql(members, 'm', rule.members.where)}
)
select (select count(*) from members)::int as total, (select count(*) from members where lost <> '')::int as affected,
  (select jsonb_agg(jsonb_build_object('id', s.id, 'note', 'no ' || s.lost))
   from (select * from members where lost <> '' order by id limit ${integer(sampleLimit)}) s) as samples`
}

/** Counts the living users. */
export function livingUsersSql(rule: MembershipRule, tables: readonly Table[]): Fragment {
  const users = findTable(tables, rule.users.table)
  return fragment`select count(*)::int as total from ${tableOf(users)} u where ${conditionsSql(users, 'u', rule.users.living)}`
}
