import { AppError } from '#lib/errors.ts'
import { bind, columnOf, type Fragment, fragment, join } from '#lib/sql/fragment.ts'
import { pickTables } from '#lib/targets/introspect.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'
import { type MembershipRule, type Policy, policyTable } from '#lib/targets/policy.ts'
import type { Table } from '#lib/targets/types.ts'

/** A membership rule with the tables that it names. */
export interface Membership {
  rule: MembershipRule
  all: readonly Table[]
  users: Table
  members: Table
  organizations: Table | null
  roles: Table | null
}

export function openMembership(rule: MembershipRule, all: readonly Table[]): Membership {
  const find = (text: string) => pickTables(all, [policyTable(text)])[0]!
  return {
    rule,
    all,
    users: find(rule.users.table),
    members: find(rule.members.table),
    organizations: rule.organizations ? find(rule.organizations.table) : null,
    roles: rule.roles ? find(rule.roles.table) : null,
  }
}

/** The rule with this name, or the only one. Throws AppError `no-membership-rule`. */
export function chooseRule(policy: Policy, name: string | null, target: string): MembershipRule {
  const { memberships } = policy
  const rule = name ? memberships.find((one) => one.name === name) : memberships[0]
  if (rule && (name || memberships.length === 1)) return rule
  const names = memberships.map((one) => one.name).join(', ')
  throw new AppError(
    'no-membership-rule',
    memberships.length === 0
      ? `The policy of ${target} does not say who is a member of what.`
      : name
        ? `The policy of ${target} has no membership rule “${name}”.`
        : `The policy of ${target} has several membership rules.`,
    {
      kind: 'refused',
      hint:
        memberships.length === 0
          ? `Add one under memberships: holdfast policy suggest ${target}`
          : `Name one of: ${names}`,
    },
  )
}

/**
 * A table whose rows give access, and what in it decides that: the memberships themselves, or the roles where those are
 * in a table of their own. In SQL its rows have the alias `m` or `r`.
 */
export interface Giver {
  kind: 'members' | 'roles'
  alias: 'm' | 'r'
  live: Table
  /** Whose row it is; without an organisation it is about all of them. */
  user: string
  organization: string | null
  where: MembershipRule['members']['where']
  active: MembershipRule['members']['active']
  expiresAt: string | null
  startsAt: string | null
  /** The column with the role; a row of the roles table gives none while it is empty. */
  role: string | null
}

export const givingMembers = ({ rule, members }: Membership): Giver => ({
  kind: 'members',
  alias: 'm',
  live: members,
  user: rule.members.user,
  organization: rule.members.organization,
  where: rule.members.where,
  active: rule.members.active,
  expiresAt: rule.members.expiresAt ?? null,
  startsAt: rule.members.startsAt ?? null,
  role: rule.members.role ?? null,
})

export const givingRoles = ({ rule, roles }: Membership): Giver | null =>
  rule.roles && roles
    ? {
        kind: 'roles',
        alias: 'r',
        live: roles,
        user: rule.roles.user,
        organization: rule.roles.organization ?? null,
        where: rule.roles.where,
        active: {},
        expiresAt: null,
        startsAt: null,
        role: rule.roles.value,
      }
    : null

/** The columns that make a row let its user in, or not; a row that is live keeps its values in all others. */
export const decidingColumns = (giver: Giver): string[] => [
  ...new Set(
    [
      giver.user,
      giver.organization,
      ...Object.keys(giver.where),
      ...Object.keys(giver.active),
      giver.expiresAt,
      giver.startsAt,
      giver.kind === 'roles' ? giver.role : null,
    ].filter((column) => column !== null),
  ),
]

const column = ({ alias }: Giver, of: string): Fragment => columnOf(alias, of)

export const userOf = (giver: Giver): Fragment => fragment`${column(giver, giver.user)}::text`

export const organizationOf = (giver: Giver): Fragment =>
  giver.organization ? fragment`${column(giver, giver.organization)}::text` : fragment`''::text`

export const roleIn = (giver: Giver): Fragment =>
  giver.role ? fragment`nullif(${column(giver, giver.role)}::text, '')` : fragment`null::text`

export const endOf = (giver: Giver): Fragment =>
  giver.expiresAt ? fragment`${column(giver, giver.expiresAt)}::timestamptz` : fragment`null::timestamptz`

/** True for a row that is a membership, or a role, at all. */
export const isOne = (giver: Giver): Fragment => conditionsSql(giver.live, giver.alias, giver.where)

const only = (conditions: Giver['where'], there: (name: string) => boolean): Giver['where'] =>
  Object.fromEntries(Object.entries(conditions).filter(([name]) => there(name)))

/**
 * True for a row that let its user in at a moment, whatever became of its organisation. What a source of before has no
 * column for cannot have kept anybody out then.
 */
export function letsInAt(
  giver: Giver,
  at: Fragment,
  there: (column: string) => boolean = () => true,
): Fragment {
  const { live, alias, where, active, expiresAt, startsAt } = giver
  const parts = [
    conditionsSql(live, alias, only(where, there)),
    conditionsSql(live, alias, only(active, there)),
  ]
  if (expiresAt && there(expiresAt)) parts.push(fragment`coalesce(${column(giver, expiresAt)} > ${at}, true)`)
  if (startsAt && there(startsAt)) parts.push(fragment`coalesce(${column(giver, startsAt)} <= ${at}, true)`)
  if (giver.kind === 'roles') parts.push(fragment`${roleIn(giver)} is not null`)
  return join(parts, ' and ')
}

export const now: Fragment = fragment`now()`

/** Texts as the rows of a subquery, bound as one value however many there are. */
export const rowsOfTexts = (values: readonly string[]): Fragment =>
  fragment`(select jsonb_array_elements_text(${bind(JSON.stringify(values))}::jsonb))`
