import type { Reading } from '#lib/recovery/list-locked-out.ts'
import {
  givingMembers,
  givingRoles,
  letsInAt,
  type Membership,
  now,
  organizationOf,
  roleIn,
} from '#lib/recovery/membership-rows.ts'
import type { RecoveryChoices } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, fragment, integer, tableOf } from '#lib/sql/fragment.ts'
import { conditionsSql } from '#lib/targets/membership-sql.ts'

const most = 200

/** From weak to strong; what is not in it stands by how many have it. */
const ranks: readonly (readonly [RegExp, number])[] = [
  [/guest|visitor|anonymous|read.?only|viewer|observer/i, 1],
  [/super|root|owner|founder|principal/i, 9],
  [/admin|administrator/i, 8],
  [/manager|lead|head|director|supervisor/i, 6],
]
const ownerRank = 9
const rankOf = (role: string): number => ranks.find(([pattern]) => pattern.test(role))?.[1] ?? 3

/**
 * The roles that somebody has, least privilege first: by what their names say, then the one that most people have; those that
 * own an organisation come last.
 */
export async function listRoles(scope: Reading, membership: Membership): Promise<RecoveryChoices['roles']> {
  const giver = givingRoles(membership) ?? givingMembers(membership)
  if (!giver.role) return []
  const from = fragment`${tableOf(giver.live)} ${giver.alias === 'm' ? fragment`m` : fragment`r`}`
  const rows = await runSql<{ role: string; holders: number }>(
    scope,
    fragment`select ${roleIn(giver)} as role, count(*)::int as holders from ${from}
      where ${letsInAt(giver, now)} and ${roleIn(giver)} is not null group by 1 order by 2 desc, 1 limit ${integer(most)}`,
  )
  const owners = membership.rule.owners.map(String)
  return rows
    .map(({ role, holders }) => ({
      role,
      holders,
      owns: owners.length > 0 ? owners.includes(role) : rankOf(role) === ownerRank,
    }))
    .sort(
      (a, b) => Number(a.owns) - Number(b.owns) || rankOf(a.role) - rankOf(b.role) || b.holders - a.holders,
    )
}

/** The living organisations and the roles that can be given where nothing was found. */
export async function listChoices(scope: Reading, membership: Membership): Promise<RecoveryChoices> {
  const { organizations, rule } = membership
  const giver = givingMembers(membership)
  const counted = fragment`select ${organizationOf(giver)} as key, count(*)::int as members from ${tableOf(giver.live)} m where ${letsInAt(giver, now)} group by 1`
  const label = rule.organizations?.label
    ? fragment`${columnOf('o', rule.organizations.label)}::text`
    : fragment`null::text`
  const found =
    organizations && rule.organizations
      ? fragment`select ${columnOf('o', rule.organizations.key)}::text as key, ${label} as label, coalesce(c.members, 0) as members
          from ${tableOf(organizations)} o left join (${counted}) c on c.key = ${columnOf('o', rule.organizations.key)}::text
          where ${conditionsSql(organizations, 'o', rule.organizations.living)} order by 2, 1 limit ${integer(most)}`
      : fragment`select c.key, null::text as label, c.members from (${counted}) c order by 1 limit ${integer(most)}`
  const rows = await runSql<RecoveryChoices['organizations'][number]>(scope, found)
  return { organizations: [...rows], roles: await listRoles(scope, membership) }
}
