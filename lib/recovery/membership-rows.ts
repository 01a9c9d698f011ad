import { AppError } from '#lib/errors.ts'
import { bind, columnOf, type Fragment, fragment, join, tableOf } from '#lib/sql/fragment.ts'
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

export const userOf = ({ rule }: Membership): Fragment => fragment`${columnOf('m', rule.members.user)}::text`
export const organizationOf = ({ rule }: Membership): Fragment =>
  fragment`${columnOf('m', rule.members.organization)}::text`

/** True for a row `m` that is a membership and lets its user in, were it live now. */
export function letsIn({ rule, members, organizations }: Membership): Fragment {
  const parts = [
    conditionsSql(members, 'm', rule.members.where),
    conditionsSql(members, 'm', rule.members.active),
  ]
  const { expiresAt, startsAt } = rule.members
  if (expiresAt) parts.push(fragment`coalesce(${columnOf('m', expiresAt)} > now(), true)`)
  if (startsAt) parts.push(fragment`coalesce(${columnOf('m', startsAt)} <= now(), true)`)
  if (organizations && rule.organizations) {
    parts.push(
      fragment`exists (select from ${tableOf(organizations)} o where ${columnOf('o', rule.organizations.key)}::text = ${columnOf('m', rule.members.organization)}::text and ${conditionsSql(organizations, 'o', rule.organizations.living)})`,
    )
  }
  return join(parts, ' and ')
}

/** True for a row `r` of the roles table that gives a role. */
export function givesRole({ rule, roles }: Membership): Fragment {
  const { where, value } = rule.roles!
  return fragment`${conditionsSql(roles!, 'r', where)} and coalesce(${columnOf('r', value)}::text, '') <> ''`
}

/** True where the row `r` is about the user and the organisation of the two given texts. */
export function roleOf({ rule }: Membership, user: Fragment, organization: Fragment): Fragment {
  const { user: column, organization: place } = rule.roles!
  const ofUser = fragment`${columnOf('r', column)}::text = ${user}`
  return place ? fragment`${ofUser} and ${columnOf('r', place)}::text = ${organization}` : ofUser
}

export const texts = (values: readonly string[]): Fragment =>
  values.length === 0 ? fragment`array[]::text[]` : fragment`array[${join(values.map(bind), ', ')}]::text[]`
