import { createHash, randomBytes } from 'node:crypto'
import { AppError, notFound } from '#lib/errors.ts'
import type { HadRows } from '#lib/recovery/had-tables.ts'
import { listRoles } from '#lib/recovery/list-choices.ts'
import type { Reading } from '#lib/recovery/list-locked-out.ts'
import {
  type Giver,
  givingMembers,
  givingRoles,
  letsInAt,
  type Membership,
  now,
  organizationOf,
  roleIn,
} from '#lib/recovery/membership-rows.ts'
import { temporary } from '#lib/rows/row-sql.ts'
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
  scope: Reading,
  membership: Membership,
  text: string,
): Promise<string> {
  const { organizations, rule } = membership
  const giver = givingMembers(membership)
  if (!organizations || !rule.organizations) {
    const [row] = await runSql<{ key: string }>(
      scope,
      fragment`select ${organizationOf(giver)} as key from ${tableOf(giver.live)} m where ${organizationOf(giver)} = ${bind(text)} limit 1`,
    )
    if (row) return row.key
    throw notFound('organization', text)
  }
  const { key, label, living } = rule.organizations
  const named = label ? fragment` or ${columnOf('o', label)}::text = ${bind(text)}` : fragment``
  const rows = await runSql<{ key: string }>(
    scope,
    fragment`select ${columnOf('o', key)}::text as key from ${tableOf(organizations)} o where (${columnOf('o', key)}::text = ${bind(text)}${named}) and ${conditionsSql(organizations, 'o', living)} limit 2`,
  )
  if (rows.length === 1) return rows[0]!.key
  if (rows.length === 0)
    throw notFound('organization', text, 'Give the key or the exact name of a living one.')
  throw refused('organization-ambiguous', `Several organisations are called “${text}”.`, 'Give its key.')
}

/** Throws AppError `role-unknown` unless somebody has this role already. */
async function assertRole(scope: Reading, membership: Membership, role: string): Promise<void> {
  if (!(givingRoles(membership) ?? givingMembers(membership)).role) return
  const roles = await listRoles(scope, membership)
  if (roles.some((one) => one.role === role)) return
  throw refused(
    'role-unknown',
    `Nobody has the role “${role}”, so it is not given.`,
    `Choose the least that is needed of: ${roles.map((one) => (one.owns ? `${one.role} (owns the organisation)` : one.role)).join(', ')}`,
  )
}

interface Shape {
  giver: Giver
  /** Which live rows to copy the shape of. */
  like: Fragment
  /** What is known, by column; the user’s own is each user’s. */
  set: Record<string, string | null>
  /** Columns that the rule speaks of are copied even where they have a default. */
  needed: readonly string[]
}

/** Rows in the shape of the others: what all of them share is copied, what is personal is left to its default or empty. */
async function shapeRows(scope: Reading, grant: Grant, shape: Shape): Promise<HadRows> {
  const { giver, like, set, needed } = shape
  const { live } = giver
  const isKeyed = keyIsKnown(live, [...Object.keys(set), ...needed])
  const unmade = live.columns.find(
    (column) =>
      !isKeyed && live.key?.includes(column.name) && column.generated === 'no' && !column.hasDefault,
  )
  if (unmade) {
    throw refused(
      'key-not-made',
      `A new row of ${formatTable(live)} needs a value for “${unmade.name}” that only the application can make.`,
      'Invite them with the application itself.',
    )
  }
  const chosen = live.columns.filter(
    (column) =>
      column.generated === 'no' &&
      (column.name in set ||
        needed.includes(column.name) ||
        (isKeyed && live.key!.includes(column.name)) ||
        (!column.hasDefault && !live.key?.includes(column.name))),
  )
  const relation = temporary(`holdfast_had_${randomBytes(5).toString('hex')}`)
  const names = chosen.map((column) => column.name)
  const people = grant.users.map((user) => ({
    user_key: user,
    row_key: steadyUuid(grant.operationId, formatTable(live), user),
  }))
  const values = chosen.map((column) =>
    live.key?.includes(column.name) && !(column.name in set) && !needed.includes(column.name)
      ? fragment`g.row_key::uuid`
      : fragment`e.${name(column.name)}`,
  )
  const example = chosen.map((column) => {
    const value = column.name === giver.user ? fragment`null` : exampleValue(column, set, giver)
    return fragment`${value}::${typeOf(column.type)} as ${name(column.name)}`
  })
  const { count } = await runSql(
    scope,
    fragment`create temporary table ${name(relation.name)} as
      select ${join(
        chosen.map((column, i) =>
          column.name === giver.user
            ? fragment`g.user_key::${typeOf(column.type)} as ${name(column.name)}`
            : fragment`${values[i]!} as ${name(column.name)}`,
        ),
        ', ',
      )}, g.user_key as holdfast_user, ${giver.organization ? bind(grant.organization) : fragment`''::text`} as holdfast_organization,
        null::timestamptz as holdfast_gone, null::timestamptz as holdfast_at, null::text as holdfast_removal
      from jsonb_to_recordset(${bind(JSON.stringify(people))}::jsonb) g (user_key text, row_key text),
        (select ${join(example, ', ')} from ${tableOf(live)} ${giver.alias === 'm' ? fragment`m` : fragment`r`} where ${like} having count(*) > 0) e`,
  )
  if (count !== grant.users.length) {
    throw refused(
      'no-example',
      `No row of ${formatTable(live)} in this organisation shows what a membership looks like.`,
      'Somebody must be a member of it before; restore the organisation’s rows first.',
    )
  }
  // Without a key of its own a new row equals no other.
  const shaped = isKeyed ? giver : { ...giver, live: { ...live, key: null } }
  return { giver: shaped, relation, columns: names, isNew: true }
}

const keyIsKnown = (live: Table, known: readonly string[]): boolean =>
  live.key?.every(
    (part) => known.includes(part) || live.columns.find((column) => column.name === part)?.type === 'uuid',
  ) ?? false

function exampleValue(column: Column, known: Record<string, string | null>, giver: Giver): Fragment {
  const value = known[column.name]
  if (value === null) return fragment`null`
  if (value !== undefined) return bind(value)
  const of = columnOf(giver.alias, column.name)
  const shared = fragment`(array_agg(${of} order by ${of}::text))[1]`
  return column.notNull
    ? shared
    : fragment`case when count(distinct coalesce(${of}::text, '')) = 1 then ${shared} end`
}

/** The rows that give users an organisation and a role of which nothing was found, in the shape of the others’ rows. */
export async function grantMembership(
  scope: Reading,
  membership: Membership,
  grant: Grant,
): Promise<{ members: HadRows; roles: HadRows | null }> {
  await assertRole(scope, membership, grant.role)
  const giver = givingMembers(membership)
  const members = await shapeRows(scope, grant, {
    giver,
    like: fragment`${letsInAt(giver, now)} and ${organizationOf(giver)} = ${bind(grant.organization)}`,
    set: {
      [giver.user]: '',
      [membership.rule.members.organization]: grant.organization,
      ...(giver.expiresAt ? { [giver.expiresAt]: null } : {}),
      ...(giver.role ? { [giver.role]: grant.role } : {}),
    },
    needed: [
      ...Object.keys(giver.where),
      ...Object.keys(giver.active),
      ...(giver.startsAt ? [giver.startsAt] : []),
    ],
  })
  const giving = givingRoles(membership)
  if (!giving?.role) return { members, roles: null }
  const roles = await shapeRows(scope, grant, {
    giver: giving,
    like: fragment`${letsInAt(giving, now)} and ${roleIn(giving)} = ${bind(grant.role)}`,
    set: {
      [giving.user]: '',
      [giving.role]: grant.role,
      ...(giving.organization ? { [giving.organization]: grant.organization } : {}),
    },
    needed: Object.keys(giving.where),
  })
  return { members, roles }
}
