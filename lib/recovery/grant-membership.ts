import { createHash, randomBytes } from 'node:crypto'
import { AppError, notFound } from '#lib/errors.ts'
import type { CollectScope, HadRows } from '#lib/recovery/collect-had.ts'
import { givesRole, letsIn, type Membership, organizationOf } from '#lib/recovery/membership-rows.ts'
import { columnList, temporary } from '#lib/rows/row-sql.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { bind, columnOf, type Fragment, fragment, join, name, tableOf, typeOf } from '#lib/sql/fragment.ts'
import { formatTable } from '#lib/sql/identifier.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'
import type { Column, Table } from '#lib/targets/types.ts'

/** What a person asked to be given of whom nothing was found. */
export interface Grant {
  operationId: string
  users: readonly string[]
  organization: string
  role: string
}

const refused = (code: string, message: string, hint: string) =>
  new AppError(code, message, { kind: 'refused', hint })

/** A key that is the same in the plan and in the run. */
function steadyUuid(...parts: string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The organisation by its key or its label. Throws AppError `organization-not-found`. */
export async function resolveOrganization(
  scope: CollectScope,
  membership: Membership,
  text: string,
): Promise<string> {
  const { organizations, rule } = membership
  const context = { sql: scope.sql, signal: scope.job.signal }
  if (!organizations || !rule.organizations) {
    const [row] = await runSql<{ key: string }>(
      context,
      fragment`select ${organizationOf(membership)} as key from ${tableOf(membership.members)} m where ${organizationOf(membership)} = ${bind(text)} limit 1`,
    )
    if (row) return row.key
    throw notFound('organization', text)
  }
  const { key, label, living } = rule.organizations
  const named = label ? fragment` or ${columnOf('o', label)}::text = ${bind(text)}` : fragment``
  const rows = await runSql<{ key: string }>(
    context,
    fragment`select ${columnOf('o', key)}::text as key from ${tableOf(organizations)} o where (${columnOf('o', key)}::text = ${bind(text)}${named}) and ${conditionsSql(organizations, 'o', living)} limit 2`,
  )
  if (rows.length === 1) return rows[0]!.key
  if (rows.length === 0)
    throw notFound('organization', text, 'Give the key or the exact name of a living one.')
  throw refused('organization-ambiguous', `Several organisations are called “${text}”.`, 'Give its key.')
}

/** Throws AppError `role-unknown` unless somebody has this role already. */
async function assertRole(scope: CollectScope, membership: Membership, role: string): Promise<void> {
  const { rule, roles, members } = membership
  const value = roles
    ? columnOf('r', rule.roles!.value)
    : rule.members.role
      ? columnOf('m', rule.members.role)
      : null
  if (!value) return
  const from = roles
    ? fragment`${tableOf(roles)} r where ${givesRole(membership)}`
    : fragment`${tableOf(members)} m where ${letsIn(membership)}`
  const rows = await runSql<{ role: string }>(
    { sql: scope.sql, signal: scope.job.signal },
    fragment`select ${value}::text as role from ${from} group by 1 order by count(*) desc limit 50`,
  )
  if (rows.some((row) => row.role === role)) return
  throw refused(
    'role-unknown',
    `Nobody has the role “${role}”, so it is not given.`,
    `Choose the least that is needed of: ${rows.map((row) => row.role).join(', ')}`,
  )
}

interface Shape {
  live: Table
  /** Which rows of `alias` to copy the shape of. */
  like: Fragment
  alias: 'm' | 'r'
  /** What is known: column → value per user. */
  set: (user: string) => Record<string, string | null>
  /** Columns that the rule speaks of are copied even where they have a default. */
  needed: readonly string[]
}

/** Rows in the shape of the others: what all of them share is copied, what is personal is left to its default or empty. */
async function shapeRows(
  scope: CollectScope,
  grant: Grant,
  shape: Shape,
): Promise<HadRows & { live: Table }> {
  const { live, like, alias, set, needed } = shape
  const context = { sql: scope.sql, signal: scope.job.signal }
  const isKeyed = keyIsKnown(live, [...Object.keys(set(grant.users[0]!)), ...needed])
  const chosen = live.columns.filter(
    (column) =>
      column.generated === 'no' &&
      (column.name in set('') ||
        needed.includes(column.name) ||
        (isKeyed && live.key!.includes(column.name)) ||
        (!column.hasDefault && !live.key?.includes(column.name))),
  )
  const relation = temporary(`holdfast_grant_${randomBytes(5).toString('hex')}`)
  const names = chosen.map((column) => column.name)
  await runSql(
    context,
    fragment`create temporary table ${name(relation.name)} as select ${join(
      names.map((column) => columnOf(alias, column)),
      ', ',
    )}, 0 as holdfast_source from ${tableOf(live)} ${alias === 'm' ? fragment`m` : fragment`r`} where false`,
  )
  for (const user of grant.users) {
    const known = set(user)
    const values = chosen.map((column) =>
      live.key?.includes(column.name) && !(column.name in known) && !needed.includes(column.name)
        ? fragment`${bind(steadyUuid(grant.operationId, formatTable(live), user))}::uuid`
        : newValue(column, known, alias),
    )
    await runSql(
      context,
      fragment`insert into ${tableOf(relation)} (${columnList(names)}, holdfast_source) select ${join(values, ', ')}, 0 from ${tableOf(live)} ${alias === 'm' ? fragment`m` : fragment`r`} where ${like} having count(*) > 0`,
    )
  }
  const [row] = await runSql<{ rows: number }>(
    context,
    fragment`select count(*)::int as rows from ${tableOf(relation)}`,
  )
  if (row!.rows !== grant.users.length) {
    throw refused(
      'no-example',
      `No row of ${formatTable(live)} in this organisation shows what a membership looks like.`,
      'Somebody must be a member of it before; restore the organisation’s rows first.',
    )
  }
  // Without a key of its own a new row equals no other.
  return { live: isKeyed ? live : { ...live, key: null }, relation, columns: names }
}

const keyIsKnown = (live: Table, known: readonly string[]): boolean =>
  live.key?.every(
    (part) => known.includes(part) || live.columns.find((column) => column.name === part)?.type === 'uuid',
  ) ?? false

function newValue(column: Column, known: Record<string, string | null>, alias: 'm' | 'r'): Fragment {
  const type = typeOf(column.type)
  const value = known[column.name]
  if (value === null) return fragment`null::${type}`
  if (value !== undefined) return fragment`${bind(value)}::${type}`
  const shared = fragment`(array_agg(${columnOf(alias, column.name)} order by ${columnOf(alias, column.name)}::text))[1]`
  return column.notNull
    ? shared
    : fragment`case when count(distinct coalesce(${columnOf(alias, column.name)}::text, '')) = 1 then ${shared} end`
}

/** The rows that give users an organisation and a role of which nothing was found, in the shape of the others’ rows. */
export async function grantMembership(
  scope: CollectScope,
  membership: Membership,
  grant: Grant,
): Promise<HadRows[]> {
  await assertRole(scope, membership, grant.role)
  const { rule, members, roles } = membership
  const { expiresAt, startsAt, role } = rule.members
  const memberRows = await shapeRows(scope, grant, {
    live: members,
    alias: 'm',
    like: fragment`${letsIn(membership)} and ${organizationOf(membership)} = ${bind(grant.organization)}`,
    set: (user) => ({
      [rule.members.user]: user,
      [rule.members.organization]: grant.organization,
      ...(expiresAt ? { [expiresAt]: null } : {}),
      ...(role ? { [role]: grant.role } : {}),
    }),
    needed: [
      ...Object.keys(rule.members.where),
      ...Object.keys(rule.members.active),
      ...(startsAt ? [startsAt] : []),
    ],
  })
  if (!roles || !rule.roles) return [memberRows]
  const { user: userColumn, organization, value, where } = rule.roles
  const roleRows = await shapeRows(scope, grant, {
    live: roles,
    alias: 'r',
    like: fragment`${givesRole(membership)} and ${columnOf('r', value)}::text = ${bind(grant.role)}`,
    set: (user) => ({
      [userColumn]: user,
      [value]: grant.role,
      ...(organization ? { [organization]: grant.organization } : {}),
    }),
    needed: Object.keys(where),
  })
  return [memberRows, roleRows]
}
