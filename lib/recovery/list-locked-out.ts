import type postgres from 'postgres'
import { givesRole, type Membership, roleOf } from '#lib/recovery/membership-rows.ts'
import type { RecoveryReason } from '#lib/recovery/types.ts'
import { runSql } from '#lib/rows/run-sql.ts'
import { columnOf, type Fragment, fragment, integer, tableOf } from '#lib/sql/fragment.ts'
import { conditionsSql, effectiveState, lockoutReasons, membershipCtes } from '#lib/targets/membership-sql.ts'

export interface LockedOutRow {
  user: string
  label: string | null
  reason: RecoveryReason
}

interface Scope {
  sql: postgres.Sql | postgres.TransactionSql
  signal?: AbortSignal | undefined
}

/** Whether a user `u` with an effective membership has a role in one of them. */
function hasRole(membership: Membership): Fragment | null {
  const { rule, members, roles } = membership
  const inOne = fragment`from members x where x.user_key = u.user_key and x.state = ${integer(effectiveState)}`
  if (roles) {
    return fragment`exists (select ${inOne} and exists (
      select from ${tableOf(roles)} r where ${roleOf(membership, fragment`x.user_key`, fragment`x.organization_key`)} and ${givesRole(membership)}))`
  }
  if (!rule.members.role) return null
  return fragment`exists (select from ${tableOf(members)} m where ${columnOf('m', rule.members.user)}::text = u.user_key
    and ${conditionsSql(members, 'm', rule.members.where)} and coalesce(${columnOf('m', rule.members.role)}::text, '') <> '')`
}

/** The living users whom no membership lets in, and those whose memberships give no role; worst first. */
export async function listLockedOut(
  scope: Scope,
  membership: Membership,
): Promise<{ livingUsers: number; users: LockedOutRow[] }> {
  const role = hasRole(membership) ?? fragment`true`
  const rows = await runSql<{ user: string; label: string | null; state: number; living: number }>(
    scope,
    fragment`${membershipCtes(membership.rule, membership.all)}, judged as (
      select u.user_key, u.label, coalesce(b.state, 0) as state,
        coalesce(b.state, 0) < ${integer(effectiveState)} or not (${role}) as is_out
      from users u left join best b using (user_key)
    )
    select user_key as user, label, state, (select count(*) from users)::int as living
    from judged where is_out order by state, label, user_key`,
  )
  const [count] =
    rows.length > 0
      ? [{ living: rows[0]!.living }]
      : await runSql<{ living: number }>(
          scope,
          fragment`${membershipCtes(membership.rule, membership.all)} select count(*)::int as living from users`,
        )
  return {
    livingUsers: count!.living,
    users: rows.map(({ user, label, state }) => ({
      user,
      label,
      reason: lockoutReasons[state] ?? 'without-role',
    })),
  }
}
